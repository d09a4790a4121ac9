//! The lines of the progress, for terminals of any size.

use std::time::{Duration, Instant};

use console::measure_text_width;
use jiff::Timestamp;

use super::board::{Board, InFlight};
use crate::output;

/// Lines for what is in flight, at most.
const MOST_IN_FLIGHT: usize = 6;
/// What is done in less is not shown: names that flash by cannot be read.
const WORTH_SHOWING: Duration = Duration::from_millis(700);

/// The lines to show now, all of them narrower than the terminal and fewer than its rows.
pub(super) fn lines(board: &Board, (rows, columns): (usize, usize), now: Instant, clock: Timestamp) -> Vec<String> {
    // At the end there is room for what the terminal writes when Ctrl-C is pressed.
    let width = columns.saturating_sub(3).max(1);
    let mut lines = vec![match board.listed {
        None => unlisted(board, width, now),
        Some(listed) => overview(board, listed, width, now),
    }];
    if let Some((why, until)) = board.waiting(clock) {
        lines.push(waiting(why, until, clock, width));
    }
    lines.extend(in_flight(board, (rows.saturating_sub(2) / 3).min(MOST_IN_FLIGHT), width, now));
    lines
}

fn unlisted(board: &Board, width: usize, now: Instant) -> String {
    let end = format!("… {}", output::duration(now.saturating_duration_since(board.began)));
    let phase = shorten(&board.phase, width.saturating_sub(measure_text_width(&end)).max(8));
    shorten(&format!("{phase}{end}"), width)
}

/// `[=====>     ] 12/40 repositories, 1 failed  1.2 MiB  300 KiB/s  4m left`, or as much of it as there is room for.
fn overview(board: &Board, listed: u64, width: usize, now: Instant) -> String {
    let all = listed.max(board.done);
    let received = (board.received_bytes > 0).then(|| output::bytes(board.received_bytes));
    let rate = board.bytes_a_second(now).map(|rate| format!("{}/s", output::bytes(rate)));
    let left_is_time = !board.is_interrupted;
    let left = match board.time_left(now) {
        _ if board.is_interrupted => Some("stopping".to_owned()),
        left => left.map(output::duration),
    };
    // What is least missed goes first.
    for without in 0..=5 {
        let mut counts = format!("{}/{all}", board.done);
        if without < 2 {
            counts.push_str(" repositories");
        }
        if board.failed > 0 && without < 4 {
            counts.push_str(&format!(", {} failed", board.failed));
        }
        let left = left.as_ref().map(|left| match left_is_time && without < 4 {
            true => format!("{left} left"),
            false => left.clone(),
        });
        let parts = [
            Some(&counts),
            received.as_ref().filter(|_| without < 3),
            rate.as_ref().filter(|_| without < 1),
            left.as_ref().filter(|_| without < 5),
        ];
        let text = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("  ");
        let room = width.saturating_sub(measure_text_width(&text));
        match room.checked_sub(3) {
            Some(bar @ 8..) => return format!("{} {text}", bar_of(board.done, all, bar.min(30))),
            _ if text.len() <= width => return text,
            _ => {}
        }
    }
    shorten(&format!("{}/{all}", board.done), width)
}

/// `[====>     ]`, with this many signs between the brackets.
fn bar_of(done: u64, all: u64, width: usize) -> String {
    let share = if all == 0 { 1.0 } else { done as f64 / all as f64 };
    let filled = ((share * width as f64) as usize).min(width);
    let head = if filled < width { ">" } else { "" };
    format!("[{}{head}{}]", "=".repeat(filled), " ".repeat(width - filled - head.len()))
}

fn waiting(why: &str, until: Timestamp, clock: Timestamp, width: usize) -> String {
    let left = output::duration(until.duration_since(clock).unsigned_abs() + Duration::from_millis(999));
    let time = until.to_string();
    let time = time.get(11..19).unwrap_or(&time);
    let texts = [
        format!("waiting {left} for {why}, until {time} UTC"),
        format!("waiting {left} for {why}"),
        format!("waiting {left}, until {time} UTC"),
        format!("waiting {left}"),
    ];
    let fits = texts.iter().find(|text| measure_text_width(text) <= width);
    fits.cloned().unwrap_or_else(|| shorten(&texts[3], width))
}

fn in_flight(board: &Board, room: usize, width: usize, now: Instant) -> Vec<String> {
    let old = |one: &&InFlight| board.is_interrupted || now.saturating_duration_since(one.began) >= WORTH_SHOWING;
    let all: Vec<&InFlight> = board.in_flight().into_iter().filter(old).collect();
    let shown = if all.len() > room { room.saturating_sub(1) } else { all.len() };
    let mut lines: Vec<String> = all.iter().take(shown).map(|one| in_flight_line(one, width, now)).collect();
    if all.len() > shown && room > 0 {
        lines.push(shorten(&format!("  and {} more", all.len() - shown), width));
    }
    lines
}

/// `  octocat/hello     1.2 MiB     12s`
fn in_flight_line(one: &InFlight, width: usize, now: Instant) -> String {
    let time = output::duration(now.saturating_duration_since(one.began));
    let bytes = if one.received_bytes > 0 { output::bytes(one.received_bytes) } else { String::new() };
    let end = match width {
        0..24 => String::new(),
        24..36 => format!("{time:>8}"),
        _ => format!("{bytes:>10}{time:>9}"),
    };
    let room = width.saturating_sub(2 + end.len()).min(50);
    let name = shorten(&one.name, room.max(1));
    let pad = room.saturating_sub(measure_text_width(&name));
    shorten(format!("  {name}{}{end}", " ".repeat(pad)).trim_end(), width)
}

/// `text` in at most `width` columns, without its middle if need be: names differ at both ends.
pub(crate) fn shorten(text: &str, width: usize) -> String {
    let text = gitark::cause::printable(text);
    if measure_text_width(&text) <= width {
        return text;
    }
    let room = width.saturating_sub(1);
    let (before, after) = (room.div_ceil(2), room / 2);
    let back: String = fitting(text.chars().rev(), after).chars().rev().collect();
    format!("{}…{back}", fitting(text.chars(), before))
}

/// The first signs that fit into `width` columns.
fn fitting(signs: impl Iterator<Item = char>, width: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for sign in signs {
        used += measure_text_width(sign.encode_utf8(&mut [0; 4]));
        if used > width {
            break;
        }
        text.push(sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use console::measure_text_width;
    use gitark::monitor::{Ending, Event};
    use jiff::Timestamp;

    use super::{super::board::tests::ended, Board, lines, shorten};

    const CLOCK: Timestamp = Timestamp::UNIX_EPOCH;

    /// 12 of 40 done in a minute, one failed; eight in flight, one of them with a long name.
    fn busy() -> (Board, Instant) {
        let start = Instant::now();
        let mut board = Board::new(start);
        board.take("", &Event::Listed { repositories: 40 }, start);
        board.note(start);
        for number in 0..12 {
            let ending = if number == 3 { Ending::Failed } else { Ending::Good };
            board.take("a/b", &ended("a/b", ending), start);
        }
        let long = format!("octocat/{}-end", "very-long-".repeat(9));
        for (number, name) in ["octocat/hello", &long, "一個/很長的名字", "d", "e", "f", "g", "h"].iter().enumerate()
        {
            let repository = (*name).to_owned();
            let began = start + Duration::from_secs(number as u64);
            board.take(name, &Event::Began { repository: repository.clone() }, began);
            board.take(name, &Event::ReceivedBytes { repository, bytes: 3_000_000 }, began);
        }
        let now = start + Duration::from_secs(60);
        board.note(now - Duration::from_secs(5));
        board.received_bytes += 10_000_000;
        (board, now)
    }

    #[test]
    fn a_wide_terminal_shows_all() {
        let (board, now) = busy();
        let shown = lines(&board, (24, 80), now, CLOCK);
        assert_eq!(
            shown,
            [
                "[====>         ] 12/40 repositories, 1 failed  32 MiB  1.9 MiB/s  2m 20s left",
                "  octocat/hello                                        2.9 MiB   1m 00s",
                "  octocat/very-long-very-lo…very-long-very-long--end   2.9 MiB      59s",
                "  一個/很長的名字                                      2.9 MiB      58s",
                "  d                                                    2.9 MiB      57s",
                "  e                                                    2.9 MiB      56s",
                "  and 3 more",
            ]
        );
    }

    #[test]
    fn every_line_fits_whatever_the_terminal_is_like() {
        let (mut board, now) = busy();
        let until = CLOCK + jiff::SignedDuration::from_secs(754);
        board.take("", &Event::Waiting { why: "GitHub's rate limit".into(), until }, now);
        for columns in 1..=100 {
            for rows in 1..=30 {
                for listed in [None, Some(40), Some(1_000_000_000_000)] {
                    board.listed = listed;
                    board.phase = "listing octocat, rust-lang and 12 more".into();
                    let shown = lines(&board, (rows, columns), now, CLOCK);
                    assert!(shown.len() <= rows.max(2), "{rows} rows: {shown:#?}");
                    for line in &shown {
                        let width = measure_text_width(line);
                        assert!(width < columns.max(2), "{width} in {columns} columns: {line:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_matters_stays_on_a_narrow_terminal() {
        let (mut board, now) = busy();
        assert_eq!(lines(&board, (12, 40), now, CLOCK)[0], "12/40, 1 failed  32 MiB  2m 20s left");
        assert_eq!(lines(&board, (12, 20), now, CLOCK)[0], "12/40  2m 20s");
        assert_eq!(lines(&board, (12, 40), now, CLOCK).len(), 4);
        let until = CLOCK + jiff::SignedDuration::from_secs(754);
        board.take("", &Event::Waiting { why: "GitHub's rate limit".into(), until }, now);
        assert_eq!(
            lines(&board, (24, 80), now, CLOCK)[1],
            "waiting 12m 34s for GitHub's rate limit, until 00:12:34 UTC"
        );
        assert_eq!(lines(&board, (24, 40), now, CLOCK)[1], "waiting 12m 34s, until 00:12:34 UTC");
        assert_eq!(lines(&board, (24, 20), now, CLOCK)[1], "waiting 12m 34s");
        board.is_interrupted = true;
        assert!(lines(&board, (12, 40), now, CLOCK)[0].ends_with("stopping"));
    }

    #[test]
    fn before_the_listing_it_says_what_goes_on() {
        let start = Instant::now();
        let mut board = Board::new(start);
        board.phase = "listing octocat".into();
        assert_eq!(lines(&board, (24, 80), start + Duration::from_secs(3), CLOCK), ["listing octocat… 3s"]);
    }

    #[test]
    fn a_name_is_shortened_in_its_middle_and_cannot_steer_the_terminal() {
        assert_eq!(shorten("octocat/hello", 13), "octocat/hello");
        assert_eq!(shorten("octocat/hello", 9), "octo…ello");
        assert_eq!(shorten("octocat/hello", 1), "…");
        assert_eq!(shorten("a\u{1b}[2Jb", 20), "a [2Jb");
    }
}
