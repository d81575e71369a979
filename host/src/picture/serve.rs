//! The side of the process that draws: shuts itself in, takes one picture, draws it anew, ends.

use std::fs::File;
use std::io::{Write as _, stdin};
use std::os::fd::AsFd as _;

use super::redraw::redraw;
use crate::limits::{PICTURE_BYTES_MAX, PICTURE_MEMORY_BYTES};
use crate::worker::{Frames, Guards, Head, Sort, close_inherited, fall_back, put, shut};

/// The hidden command of such a process; its one argument is the host's process id.
pub const PICTURE_COMMAND: &str = "picture";

/// What a picture is answered with: it was drawn; it is not taken.
pub(super) const DRAWN: i32 = 0;
pub(super) const NOT_TAKEN: i32 = 1;

/// Draws one picture for the host, which is known by its process id.
///
/// # Errors
/// When there is no host, or what it says makes no sense.
pub fn serve(host: u32) -> Result<(), String> {
    close_inherited();
    let connection = stdin().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
    let mut connection = File::from(connection);
    let (mut frames, mut text) = (Frames::new(PICTURE_BYTES_MAX), Vec::new());
    let head = frames.next(&mut connection, &mut text, None).map_err(|error| error.to_string())?;
    if head.sort != Sort::Load {
        return Err("it is started by its host only".to_owned());
    }
    let call = head.call;
    // What cannot be had here can be had nowhere: the host sees that it ends.
    let memory_bytes = fall_back(host, PICTURE_MEMORY_BYTES)?;
    let (landlock, seccomp) = shut(&[]);
    let guards = serde_json::to_vec(&Guards { landlock, seccomp, memory_bytes }).map_err(|error| error.to_string())?;
    say(&mut connection, Head { sort: Sort::Loaded, number: 0, call }, &guards)?;
    let head = frames.next(&mut connection, &mut text, None).map_err(|error| error.to_string())?;
    drop(frames);
    if head.sort != Sort::Call {
        return Err(format!("{:?} out of turn", head.sort));
    }
    let reply = |number| Head { sort: Sort::Reply, number, call: head.call };
    match redraw(&text) {
        Ok(drawn) => {
            say(&mut connection, reply(DRAWN), &drawn.picture)?;
            say(&mut connection, reply(DRAWN), &drawn.small)
        }
        Err(why) => {
            let why = serde_json::to_vec(&why).map_err(|error| error.to_string())?;
            say(&mut connection, reply(NOT_TAKEN), &why)
        }
    }
}

fn say(connection: &mut File, head: Head, text: &[u8]) -> Result<(), String> {
    let mut buffer = Vec::new();
    put(&mut buffer, head, text);
    connection.write_all(&buffer).map_err(|error| error.to_string())
}
