//! Notices that a test expects: each names a template that there is, an outlet, and whom it is for.

use super::super::super::problem::{Remarks, named, quoted};
use super::super::super::raw::trials::RawNotified;
use super::super::super::source::Located;
use super::super::super::trial::{Notified, Whom};
use super::Trials;

/// Whoever reported the matter of the test: of them nobody knows a name.
const REPORTERS: &str = "reporters";

impl Trials<'_, '_> {
    pub(super) fn notified(&self, raw: &RawNotified, remarks: &mut Remarks) -> Option<Notified> {
        let named_by = raw.notice.as_ref().and_then(|name| self.notice(name, remarks));
        let to = match &raw.to {
            Some(to) if to.value == REPORTERS => Some(Whom::Reporters),
            to => self.person(to.as_ref(), remarks).map(Whom::Person),
        };
        let outlets = || self.raw.outlets.iter().filter_map(|outlet| Some(outlet.id.as_ref()?.value.as_str()));
        if let Some(outlet) = &raw.outlet
            && !outlets().any(|known| known == outlet.value)
        {
            let (zh, en) = (named(&outlet.value), quoted(&outlet.value));
            remarks
                .error(outlet.spot, format!("没有推送渠道{zh}"), format!("unknown outlet {en}"))
                .suggest(&outlet.value, outlets());
        }
        let (desk, template) = named_by?;
        Some(Notified { desk, template, to, outlet: raw.outlet.as_ref().map(|outlet| outlet.value.clone()) })
    }

    /// `desk.template`, as an outlet names it.
    fn notice(&self, name: &Located<String>, remarks: &mut Remarks) -> Option<(String, String)> {
        let Some((desk, template)) = name.value.split_once('.') else {
            remarks.error(
                name.spot,
                format!("notice {}不是“业务台.消息”", named(&name.value)),
                format!("notice {} is not \"desk.notice\"", quoted(&name.value)),
            );
            return None;
        };
        let ix = self.vocabulary.desk(&Located { value: desk.to_owned(), spot: name.spot }, remarks)?;
        let manifest = self.vocabulary.manifest(ix)?;
        if manifest.notice(template).is_none() {
            remarks
                .error(
                    name.spot,
                    format!("业务台“{desk}”没有消息{}", named(template)),
                    format!("desk {desk:?} has no notice {}", quoted(template)),
                )
                .suggest(template, manifest.notice.iter().map(|notice| notice.name.as_str()));
            return None;
        }
        Some((desk.to_owned(), template.to_owned()))
    }
}
