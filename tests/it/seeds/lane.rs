//! The outlet's lane of a seed's run: as the host's, it takes one notice after the other and tells how it
//! fared; but nothing leaves, and how it fares is thrown.

use hongling::engine::input::{Answer, Ask, Input};
use hongling::engine::outbox::{Ended, How, Next, Turn};

use super::world::World;

/// A lane: gone with the host, and begun anew with it.
#[derive(Default)]
pub struct Lane {
    has_begun: bool,
    ended: Option<Ended>,
}

impl World<'_> {
    /// Some turns of the lane.
    pub fn deliver(&mut self) {
        for _ in 0..=self.dice().below(6) {
            let how = match self.dice().below(10) {
                0..5 => How::Delivered(None),
                5..8 => How::Failed("no answer in time".to_owned()),
                8 => How::Unreachable,
                _ => How::GivenUp("the webhook does not take the notice (404)".to_owned()),
            };
            self.lane_turn(how);
        }
    }

    /// Until no notice is due.
    pub fn deliver_all(&mut self) {
        for _ in 0..2_000 {
            if !self.lane_turn(How::Delivered(None)) {
                return;
            }
        }
        self.violated("P1: notices are due for ever".to_owned());
    }

    /// Tells what has ended and takes the next; whether there is one.
    fn lane_turn(&mut self, how: How) -> bool {
        let next = if self.lane().has_begun { Next::Another } else { Next::First };
        let ended = self.lane().ended.clone();
        let ask = Ask::Deliver(Turn { outlet: "post".into(), ended, next });
        self.engine().take(Input { ask, by: None, key: None }, u64::MAX);
        let answers = self.engine().commit();
        let is_noted = answers.iter().any(|(ticket, answer)| *ticket == u64::MAX && matches!(answer, Answer::Done(_)));
        if self.engine().is_stopped() {
            self.after_commit();
            return true;
        }
        if !is_noted {
            // Said again at the next turn.
            return true;
        }
        let claimed = self.engine().store().reader().claimed_notice("post").unwrap();
        if claimed.as_ref().is_some_and(|(_, faring)| 1 < faring.attempts) {
            self.count("notice tried again");
        }
        let ended = claimed.map(|(row, _)| Ended { notice: row.id, how });
        let is_one = ended.is_some();
        *self.lane() = Lane { has_begun: true, ended };
        is_one
    }
}
