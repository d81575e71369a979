//! The host's side: a process for one picture, and what is believed of what it sends.
//!
//! Always holds (I9, I12): no more than some are drawn at once, and whoever waits is told to come again
//! before long; a process that is late is ended; what comes back is no longer than what is kept and begins
//! as the format it is served as.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plugin_api::Title;

use super::redraw::{Drawn, Format};
use super::serve::{DRAWN, NOT_TAKEN, PICTURE_COMMAND};
use crate::limits::{PICTURE_BYTES_MAX, PICTURE_MS_MAX, PICTURE_WAIT_MS_MAX, PICTURES_AT_ONCE};
use crate::worker::{Child, Ended, Head, NotStarted, Sort, Start};

/// Why a picture is not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Whoever sent it must send another.
    Picture(Title),
    /// The operator must mend the machine.
    Machine(Title),
    /// Too many are being drawn.
    Busy,
}

/// Where pictures are drawn.
#[derive(Debug)]
pub struct Studio {
    program: PathBuf,
    drawing: Mutex<usize>,
    ended: Condvar,
}

impl Studio {
    /// One that starts this program.
    pub fn new(program: &Path) -> Studio {
        Studio { program: program.to_owned(), drawing: Mutex::new(0), ended: Condvar::new() }
    }

    /// Draws a picture anew in a process of its own.
    ///
    /// # Errors
    /// See [`Unfit`].
    pub fn redraw(&self, bytes: &[u8], accepts_no_sandbox: bool) -> Result<Drawn, Unfit> {
        // The process would refuse it; this spares sending it.
        if PICTURE_BYTES_MAX < bytes.len() {
            return super::redraw(bytes).map_err(Unfit::Picture);
        }
        let drawing = self.drawing.lock().unwrap_or_else(PoisonError::into_inner);
        let most = Duration::from_millis(PICTURE_WAIT_MS_MAX);
        let waited = self.ended.wait_timeout_while(drawing, most, |drawing| PICTURES_AT_ONCE <= *drawing);
        let (mut drawing, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Unfit::Busy);
        }
        *drawing += 1;
        drop(drawing);
        let drawn = redraw_in(&self.program, bytes, accepts_no_sandbox);
        *self.drawing.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.ended.notify_one();
        drawn
    }
}

fn redraw_in(program: &Path, bytes: &[u8], accepts_no_sandbox: bool) -> Result<Drawn, Unfit> {
    let start = Start {
        program,
        command: PICTURE_COMMAND,
        load: "",
        answer_bytes_max: PICTURE_BYTES_MAX,
        write_ms: PICTURE_MS_MAX,
        accepts_no_sandbox,
    };
    let mut child = Child::start(&start).map_err(|not| match not {
        NotStarted::Unusable(why) | NotStarted::Ended(Ended(why)) => Unfit::Machine(why),
    })?;
    let call = child.next_call();
    child.put(Head { sort: Sort::Call, number: 0, call }, bytes);
    child.flush().map_err(fell)?;
    let until = Instant::now() + Duration::from_millis(PICTURE_MS_MAX);
    let next = |child: &mut Child, text: &mut Vec<u8>| {
        let head = child.next_frame(text, until, PICTURE_MS_MAX).map_err(fell)?;
        let is_answer = head.sort == Sort::Reply && head.call == call;
        if is_answer { Ok(head.number) } else { Err(fell(child.garbage("it answers what was not asked"))) }
    };
    let (mut picture, mut small) = (Vec::new(), Vec::new());
    match next(&mut child, &mut picture)? {
        DRAWN => {}
        NOT_TAKEN => return Err(Unfit::Picture(serde_json::from_slice(&picture).unwrap_or_default())),
        _ => return Err(fell(child.garbage("it answers with a number that means nothing"))),
    }
    next(&mut child, &mut small)?;
    if Format::of(&picture).is_none() || !Format::Jpeg.begins(&small) {
        return Err(fell(child.garbage("what it drew is no picture")));
    }
    Ok(Drawn { picture, small })
}

/// The process died of it or was ended: it is the picture that is to blame.
fn fell(Ended(why): Ended) -> Unfit {
    tracing::warn!(%why.en, "A picture was not drawn.");
    Unfit::Picture(Title::new(
        "照片过大、过于复杂或已损坏，处理不了；请缩小或重新拍摄后再传",
        "the photo is too large, too complex or damaged; make it smaller or take it again",
    ))
}
