//! Idempotency: the same key and content is answered with what was answered then, once and for all;
//! the same key with other content is refused.
//!
//! Always holds: a key that could be somebody's number lies in the store as a keyed hash (I10); what
//! failed and is done later answers the next who asks with what it led to.

use std::sync::Arc;

use plugin_api::Objection;
use serde_json::{Map, Value};

use super::Early;
use crate::code::keyed_hash;
use crate::engine::Engine;
use crate::engine::input::{Act, Answer, Done, Input, Target};
use crate::limits::KEY_BYTES_MAX;
use crate::mask::mask;
use crate::routes::DeskIx;
use crate::store::StoreError;
use crate::store::rows::{KeyRow, LateKeyRow};

/// An idempotency key and what was asked under it.
pub(super) struct Keyed {
    scope: Arc<str>,
    key: Arc<str>,
    digest: [u8; 32],
}

/// Where a key must be unique.
#[derive(Clone, Copy)]
pub(super) enum KeyScope {
    /// Among the actions on this desk itself.
    Desk(DeskIx),
    /// Among all actions on matters, wherever they lie.
    Matters,
}

/// In place of a desk's name, which it cannot be.
const MATTERS_SCOPE: &str = "@matters";
/// What a hidden key begins with; a key that begins so itself is hidden too.
const HIDDEN: char = '#';

impl Engine {
    /// The same key and content was answered before; the same key with other content is refused.
    ///
    /// None when there is no key, or when it is not of this scope.
    pub(super) fn check_key(
        &self,
        input: &Input,
        act: &Act,
        scope: KeyScope,
        form: &Map<String, Value>,
    ) -> Result<Option<Keyed>, Early> {
        let Some(key) = &input.key else { return Ok(None) };
        if key.trim().is_empty() || KEY_BYTES_MAX < key.len() {
            let text = format!("a key has 1 to {KEY_BYTES_MAX} bytes");
            return Err(Objection::new(format!("重复标识应为 1 到 {KEY_BYTES_MAX} 个字节"), text).into());
        }
        let (scope, asked) = match (scope, &act.target) {
            (KeyScope::Desk(desk), Target::Desk(_)) => {
                (Arc::clone(&self.desk_names[desk.get()]), serde_json::to_string(&(0, &act.action, form)))
            }
            // Permission has not been looked at yet: only who asked before is told what was answered.
            (KeyScope::Matters, Target::Matter(id) | Target::MatterAt(id, _) | Target::ByCode(id, _)) => {
                let code = if let Target::ByCode(_, code) = &act.target { Some(code) } else { None };
                (MATTERS_SCOPE.into(), serde_json::to_string(&(id, &act.action, form, &input.by, code)))
            }
            _ => return Ok(None),
        };
        let digest = keyed_hash(&self.secret, "key", asked.expect("a form is plain JSON").as_bytes());
        let kept = self.kept_key(key);
        let known = match self.batch.keys.get(&(Arc::clone(&scope), Arc::clone(&kept))) {
            Some(known) => Some(known.clone()),
            None => self.store.reader().key(&scope, &kept)?,
        };
        match known {
            None => Ok(Some(Keyed { scope, key: kept, digest })),
            Some((before, answer)) if before == digest => {
                let done = serde_json::from_str(&answer).map_err(|error| StoreError::Damaged(error.to_string()))?;
                Err(Early::Answer(Answer::Repeated(done)))
            }
            Some(_) => Err(Objection::new(
                format!("编号“{key}”已登记过，但内容不同；请核对编号，或另用新编号"),
                format!("{key:?} was used before with other content; check the number, or use a new one"),
            )
            .into()),
        }
    }

    /// The key as it lies in the store. Tables and callers may take a phone number for one.
    fn kept_key(&self, key: &str) -> Arc<str> {
        if !key.starts_with(HIDDEN) && matches!(mask(key), std::borrow::Cow::Borrowed(_)) {
            return key.into();
        }
        let hash = keyed_hash(&self.secret, "key-name", key.as_bytes());
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{HIDDEN}{digits}").into()
    }

    /// Keeps what an action is answered with. One that failed is answered when it is done.
    pub(super) fn keep_key(&mut self, keyed: Keyed, answer: &Answer, done: &Done) {
        let Keyed { scope, key, digest } = keyed;
        let text = answer_text(done);
        self.batch.keys.insert((Arc::clone(&scope), Arc::clone(&key)), (digest, text.clone()));
        if matches!(answer, Answer::Failed(_)) {
            let late = LateKeyRow { input: done.seq, scope: Arc::clone(&scope), key: Arc::clone(&key) };
            self.batch.set.late_keys.push(late);
        }
        self.batch.set.keys.push(KeyRow { scope, key, digest, answer: text });
    }

    /// An action that had failed is done now: whoever asks again is told what it led to.
    pub(in crate::engine) fn answer_late(&mut self, done: &Done) -> Result<(), StoreError> {
        // It may have failed in this very batch.
        self.batch.flush(&mut self.store, &mut self.committed)?;
        let text = answer_text(done);
        if let Some((scope, key)) = self.store.answer_late(done.seq, &text)?
            && let Some(kept) = self.batch.keys.get_mut(&(scope, key))
        {
            kept.1 = text;
        }
        Ok(())
    }

    /// An action that was sent is refused: whoever mends it may ask under the same key.
    pub(in crate::engine) fn forget_key_of(&mut self, input: u64) -> Result<(), StoreError> {
        self.batch.flush(&mut self.store, &mut self.committed)?;
        if let Some(name) = self.store.forget_late(input)? {
            self.batch.keys.remove(&name);
        }
        Ok(())
    }
}

fn answer_text(done: &Done) -> String {
    serde_json::to_string(done).expect("an answer is plain JSON")
}
