//! What an action of the host's own does to a matter, and what is said of it.

use plugin_api::{Holder, Link, Objection, PersonId, PlaceId, Post};
use serde_json::{Map, Value, json};

use crate::limits::{FOLLOWERS_MAX, LINKS_MAX, TITLE_CHARS_MAX};
use crate::matter::{Assigned, Body, Head};

/// A matter to be changed.
#[derive(Debug)]
pub struct Changing<'a> {
    /// Its head.
    pub head: &'a mut Head,
    /// Its words.
    pub body: &'a mut Body,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
    /// What is said of it; nothing where all was so already.
    pub said: Option<(&'static str, Value)>,
    /// The words are others.
    pub words: bool,
}

impl Changed {
    fn said(topic: &'static str, data: Value) -> Changed {
        Changed { said: Some((topic, data)), words: false }
    }

    fn nothing() -> Changed {
        Changed { said: None, words: false }
    }
}

/// Does an action by its form, which is canonical. `may_take` says whether a person is of a post.
///
/// # Errors
/// What a person must mend.
pub fn change(
    name: &str,
    form: &Map<String, Value>,
    by: Option<&PersonId>,
    matter: Changing<'_>,
    may_take: &dyn Fn(&PersonId, &Post) -> bool,
) -> Result<Changed, Objection> {
    match name {
        "comment" => Ok(Changed::said("commented", json!({ "public": form.get("public"), "text": form.get("text") }))),
        "attach" => Ok(Changed::said("attached", attached(form))),
        "follow" | "unfollow" => follow(name == "follow", by, matter.head),
        "link" => link(form, matter.head),
        "amend" => amend(form, matter),
        "assign" => assign(form, matter.head, may_take),
        _ => Ok(Changed::said("shown", json!({ "why": form.get("why") }))),
    }
}

fn attached(form: &Map<String, Value>) -> Value {
    let given = ["files", "caption"].into_iter().filter_map(|name| Some((name.to_owned(), form.get(name)?.clone())));
    Value::Object(given.collect())
}

fn follow(wanted: bool, by: Option<&PersonId>, head: &mut Head) -> Result<Changed, Objection> {
    let Some(by) = by else {
        return Err(Objection::new("关注要用账户", "only somebody with an account can follow a matter"));
    };
    let followers = &mut head.host.followers;
    if followers.contains(by) == wanted {
        return Ok(Changed::nothing());
    }
    if !wanted {
        followers.retain(|other| other != by);
        return Ok(Changed::said("unfollowed", Value::Null));
    }
    if FOLLOWERS_MAX <= followers.len() {
        return Err(Objection::new(
            format!("关注的人已满 {FOLLOWERS_MAX} 个"),
            format!("{FOLLOWERS_MAX} people follow it already, and no more can"),
        ));
    }
    followers.push(by.clone());
    Ok(Changed::said("followed", Value::Null))
}

fn link(form: &Map<String, Value>, head: &mut Head) -> Result<Changed, Objection> {
    let to = form.get("to").and_then(Value::as_u64).unwrap_or_default();
    if to == head.id.0 {
        return Err(Objection::new("不能关联到自己", "a matter is not linked to itself").field("to"));
    }
    let how = text(form, "how").unwrap_or_default();
    let link = Link { how: how.to_owned(), to: plugin_api::MatterId(to) };
    if head.links.contains(&link) {
        return Ok(Changed::nothing());
    }
    if LINKS_MAX <= head.links.len() {
        let text = format!("it has {LINKS_MAX} links already, and no more are kept");
        return Err(Objection::new(format!("关联已满 {LINKS_MAX} 条"), text));
    }
    head.links.push(link);
    Ok(Changed::said("linked", json!({ "how": how, "to": to })))
}

fn amend(form: &Map<String, Value>, Changing { head, body }: Changing<'_>) -> Result<Changed, Objection> {
    let mut said = Map::new();
    let mut note = |name: &str, was: &str, is: &str| {
        let is_other = was != is;
        if is_other {
            said.insert(name.to_owned(), is.into());
            said.insert(format!("{name}-was"), was.into());
        }
        is_other
    };
    let mut words = false;
    if let Some(title) = text(form, "title")
        && note("title", &body.title, title)
    {
        if TITLE_CHARS_MAX < title.chars().count() {
            let text = format!("a title has at most {TITLE_CHARS_MAX} characters");
            return Err(Objection::new(format!("题目最多 {TITLE_CHARS_MAX} 字"), text).field("title"));
        }
        title.clone_into(&mut body.title);
        words = true;
    }
    if let Some(address) = text(form, "address")
        && note("address", body.address.as_deref().unwrap_or_default(), address)
    {
        body.address = Some(address.to_owned());
        words = true;
    }
    if let Some(place) = text(form, "place")
        && note("place", head.place.as_str(), place)
    {
        head.place = PlaceId::from(place);
    }
    if said.is_empty() {
        return Err(Objection::new(
            "没有要更正的内容：题目、区域、具体位置至少改一项",
            "nothing is changed: give another title, place or address",
        ));
    }
    Ok(Changed { said: Some(("amended", said.into())), words })
}

/// In place of the office that held it one of its people; who held it so before is replaced by the next.
fn assign(
    form: &Map<String, Value>,
    head: &mut Head,
    may_take: &dyn Fn(&PersonId, &Post) -> bool,
) -> Result<Changed, Objection> {
    let to = PersonId::from(text(form, "to").unwrap_or_default());
    let office_of = |holder: &Holder, assigned: &[Assigned]| match &holder.post {
        Post::Person(person) => assigned.iter().find(|given| given.person == *person).map(|given| given.office.clone()),
        office => Some(office.clone()),
    };
    let found = head.holders.iter().enumerate().find_map(|(at, holder)| {
        let office = office_of(holder, &head.host.assigned)?;
        may_take(&to, &office).then_some((at, office))
    });
    let Some((at, office)) = found else {
        return Err(Objection::new(
            "只能指定给承办单位（岗位）的人",
            "it can be assigned only to somebody of the unit or role that holds it",
        )
        .field("to"));
    };
    let post = Post::Person(to.clone());
    if head.holders[at].post == post {
        return Ok(Changed::nothing());
    }
    if let Post::Person(before) = &head.holders[at].post {
        head.host.assigned.retain(|given| given.person != *before);
    }
    head.holders[at].post = post;
    head.host.assigned.push(Assigned { person: to.clone(), office });
    Ok(Changed::said("assigned", json!({ "to": to })))
}

fn text<'f>(form: &'f Map<String, Value>, name: &str) -> Option<&'f str> {
    form.get(name).and_then(Value::as_str)
}
