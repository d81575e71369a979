//! What the parts do together, through loaded libraries and the real store, and the house rules.

#[cfg(test)]
mod flows;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod config;
#[cfg(test)]
mod printing;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod import;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod story;
#[cfg(test)]
mod swaps;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod records;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod program;
#[cfg(test)]
mod scratch;
#[cfg(test)]
mod seals;
#[cfg(test)]
mod sent;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod by_code;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod alone;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod authors;
#[cfg(test)]
mod dropped;
#[cfg(test)]
mod index;
#[cfg(test)]
mod console;
#[cfg(test)]
mod files;
