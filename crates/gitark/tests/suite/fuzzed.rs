//! The bodies of the fuzz targets, with what comes close to what they expect. `fuzz/` goes on from here.

use gitark::fuzzing;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use crate::support::{World, cases};

/// Lines that a git server could send, and some that none does.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    let id = "[0-9a-f]{40}|[0-9a-fA-Z]{0,64}|unborn";
    let name = "HEAD|refs/(heads|tags|notes|pull)/[ -~]{0,12}|[ -~]{0,20}|refs/heads/.{0,6}";
    let rest = "|( peeled:[0-9a-f]{40})|( symref-target:refs/heads/[a-z]{1,3})|( [ -~]{0,20})";
    let text = prop_oneof![
        (id, name, rest).prop_map(|(id, name, rest)| format!("{id} {name}{rest}\n").into_bytes()),
        select(vec![
            "version 2\n",
            "fetch=shallow\n",
            "packfile\n",
            "shallow-info\n",
            "ERR no\n",
            "# service=git-upload-pack\n"
        ])
        .prop_map(|line| line.as_bytes().to_vec()),
        (1_u8..4, vec(any::<u8>(), 0..40)).prop_map(|(band, bytes)| [&[band][..], &bytes].concat()),
    ];
    let line = text.prop_map(|text| [format!("{:04x}", text.len() + 4).as_bytes(), &text].concat());
    let odd = select(vec!["0000", "0001", "0002", "0003", "0004", "ffff", "-001", "00", "zzzz"]);
    prop_oneof![8 => line, 2 => odd.prop_map(|line| line.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..20)]
}

/// What stands where something else is expected.
fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(1.5e300),
        json!(""),
        json!("../../x"),
        json!("9999-12-31T23:59:59Z"),
        json!("0".repeat(40)),
        json!("refs/heads/../x"),
        json!([]),
        json!([null]),
        json!({}),
    ])
}

/// The pointers to all values below `value`.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in below {
        pointers(value, &format!("{here}/{name}"), found);
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn no_answer_of_a_git_server_is_too_much(lines in vec(packet(), 0..8), end in any::<bool>()) {
        let end: &[u8] = if end { b"0000" } else { b"" };
        fuzzing::packet_lines(&[&lines.concat(), end].concat());
    }

    #[test]
    fn no_file_of_a_vault_is_too_much(text in "(#|\\^|[0-9a-f]{40}| |refs/|\n|\\{|\\}|\"|format|:|1|.){0,30}") {
        fuzzing::vault_files(text.as_bytes());
    }

    #[test]
    fn no_bytes_are_too_much(bytes in vec(any::<u8>(), 0..100)) {
        fuzzing::packet_lines(&bytes);
        fuzzing::log_entries(&bytes);
        fuzzing::vault_files(&bytes);
        fuzzing::link_header(&bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_that_proves_itself_is_too_much() {
    let (world, repository) = World::with_repository().await;
    let mut logs = Vec::new();
    for round in 0..3 {
        world.backup().await;
        repository.force_push("topic", &[("topic.txt", &round.to_string())], "Again");
        repository.commit("main", &[("more.txt", &round.to_string())], "More");
    }
    for number in 1..=3 {
        let path = world.bare().join(format!("gitark/log/{number:08}.json"));
        let text = std::fs::read_to_string(path).expect("an entry");
        logs.push(serde_json::from_str::<Value>(text.lines().next().expect("a line")).expect("JSON"));
    }
    let lines = |logs: &[Value]| logs.iter().map(|entry| format!("{entry}\n")).collect::<String>();
    fuzzing::log_entries(lines(&logs).as_bytes());
    let mut places = Vec::new();
    for (number, entry) in logs.iter().enumerate() {
        let mut found = Vec::new();
        pointers(entry, "", &mut found);
        places.extend(found.into_iter().map(|pointer| (number, pointer)));
    }
    let mut runner = proptest::test_runner::TestRunner::new(cases(3000));
    let strategy = vec((select(places), odd()), 1..3);
    let run = runner.run(&strategy, |changes| {
        let mut logs = logs.clone();
        for (number, pointer, value) in changes.into_iter().map(|((number, pointer), value)| (number, pointer, value)) {
            if let Some(place) = logs[number].pointer_mut(&pointer) {
                *place = value;
            }
        }
        fuzzing::log_entries(lines(&logs).as_bytes());
        fuzzing::vault_files(logs[0].to_string().as_bytes());
        Ok(())
    });
    run.expect("no panic");
}
