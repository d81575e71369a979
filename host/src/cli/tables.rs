//! stub

use clap::Args;

use super::error::Ended;
use super::screen::Screen;

#[derive(Debug, Args)]
pub(crate) struct Import {}

impl Import {
    pub(crate) fn run(self, _: Screen) -> Result<(), Ended> {
        Ok(())
    }
}
