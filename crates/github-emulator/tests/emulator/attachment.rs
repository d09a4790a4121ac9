//! Files dropped into texts.

use github_emulator::{Emulator, GitHub};

use crate::client::get;

#[tokio::test(flavor = "multi_thread")]
async fn attachments_lead_to_the_host_of_files() {
    let github = GitHub::new();
    let file = github.attach_file("log.txt", "All is well\n");
    let image = github.attach_image(*b"\x89PNG");
    let old = github.attach_old_image(*b"\x89PNG old");
    let emulator = Emulator::start(github.clone()).await.unwrap();

    assert!(file.starts_with("/user-attachments/files/") && file.ends_with("/log.txt"));
    assert!(image.starts_with("/user-attachments/assets/"));
    for (path, bytes) in [(&file, &b"All is well\n"[..]), (&image, b"\x89PNG")] {
        let answer = get(&format!("{}{path}", emulator.url()), &[]).await;
        assert_eq!(answer.status, 302);
        let location = answer.header("location").unwrap();
        assert!(location.starts_with(&emulator.files_url()) && location.contains("&sig="));
        assert_eq!(get(location, &[]).await.body, bytes);
    }
    let answer = get(&format!("{}{old}", emulator.files_url()), &[]).await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"\x89PNG old"[..]));

    github.delete_attachment(&image);
    assert_eq!(get(&format!("{}{image}", emulator.url()), &[]).await.status, 404);
}
