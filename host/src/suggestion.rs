//! What was probably meant by a word that names nothing, or what there is to choose from.
//!
//! Pure. Knows no layer: the command line, the engine and the tables ask with their own words.

use plugin_api::Title;

use crate::near::{NAMES_SHOWN_MAX, nearest};

/// The known word nearest to one that is unknown, or all of them.
pub fn suggestion<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Title {
    titled_suggestion(word, known.into_iter().map(|name| (name, None)))
}

/// The same for names that have titles: somebody may type what they were shown.
pub fn titled_suggestion<'k>(word: &str, known: impl IntoIterator<Item = (&'k str, Option<&'k Title>)>) -> Title {
    let mut unique: Vec<(&str, Option<&Title>)> = Vec::new();
    for (name, title) in known {
        if !unique.iter().any(|(other, _)| *other == name) {
            unique.push((name, title));
        }
    }
    if let Some(near) = near(word, unique.iter().copied()) {
        return near;
    }
    let left = unique.len().saturating_sub(NAMES_SHOWN_MAX);
    let shown = &unique[..unique.len() - left];
    let zh: Vec<String> = shown.iter().map(|(name, title)| zh(name, *title)).collect();
    let en: Vec<String> = shown.iter().map(|(name, title)| en(name, *title)).collect();
    let (zh, en) = (zh.join("、"), en.join(", "));
    match (shown.len(), left) {
        (0, _) => Title::new("现在一个也没有", "there are none"),
        (1, _) => Title::new(format!("只有 {zh}"), format!("there is only {en}")),
        (_, 0) => Title::new(format!("有：{zh}"), format!("there are {en}")),
        _ => Title::new(format!("有：{zh} 等 {} 个", unique.len()), format!("there are {en} and {left} more")),
    }
}

/// The nearest of the known words, where they are too many to be listed.
pub fn near<'k>(word: &str, known: impl IntoIterator<Item = (&'k str, Option<&'k Title>)>) -> Option<Title> {
    let known: Vec<(&str, Option<&Title>)> = known.into_iter().collect();
    let texts = |(name, title): &(&'k str, Option<&'k Title>)| {
        let titles = title.map(|title| [title.zh.as_str(), title.en.as_str()]);
        std::iter::once(*name).chain(titles.into_iter().flatten()).collect::<Vec<&str>>()
    };
    let is_exact = |item: &&(&'k str, Option<&'k Title>)| texts(item).contains(&word);
    let is_near = |near: &str| known.iter().find(|item| texts(item).contains(&near));
    let exact = known.iter().find(is_exact);
    let (name, title) = exact.or_else(|| is_near(nearest(word, known.iter().flat_map(texts))?))?;
    Some(Title::new(
        format!("是不是{}？", zh(&format!("“{name}”"), *title)),
        format!("did you mean {}?", en(&format!("{name:?}"), *title)),
    ))
}

/// A name with its title behind it. A title that says the same is left out.
fn zh(name: &str, title: Option<&Title>) -> String {
    let title = title.filter(|title| !title.zh.is_empty() && !name.contains(&title.zh));
    title.map_or_else(|| name.to_owned(), |title| format!("{name}（{}）", title.zh))
}

fn en(name: &str, title: Option<&Title>) -> String {
    let title = title.filter(|title| !title.en.is_empty() && !name.eq_ignore_ascii_case(&title.en));
    title.map_or_else(|| name.to_owned(), |title| format!("{name} ({})", title.en))
}

#[cfg(test)]
mod tests {
    use super::titled_suggestion;
    use expect_test::{Expect, expect};
    use plugin_api::Title;

    fn check(words: &[&str], known: &[&str], expected: Expect) {
        let titles: Vec<Option<Title>> = known
            .iter()
            .map(|name| name.split_once('/').map(|(_, title)| Title::new(title, title.to_uppercase())))
            .collect();
        let names = known.iter().map(|name| name.split('/').next().unwrap_or_default());
        let known: Vec<(&str, Option<&Title>)> = names.zip(titles.iter().map(Option::as_ref)).collect();
        let said = words.iter().map(|word| {
            let Title { zh, en } = titled_suggestion(word, known.iter().copied());
            format!("{word}: {zh} / {en}\n")
        });
        expected.assert_eq(&said.collect::<String>());
    }

    #[test]
    fn what_was_meant_or_what_there_is() {
        check(
            &["gardan", "花园", "x", "nothing-like-it"],
            &["garden/花园", "harbour", "garden/花园"],
            expect![[r#"
                gardan: 是不是“garden”（花园）？ / did you mean "garden" (花园)?
                花园: 是不是“garden”（花园）？ / did you mean "garden" (花园)?
                x: 有：garden（花园）、harbour / there are garden (花园), harbour
                nothing-like-it: 有：garden（花园）、harbour / there are garden (花园), harbour
            "#]],
        );
        check(
            &["x"],
            &[],
            expect![[r#"
            x: 现在一个也没有 / there are none
        "#]],
        );
        check(
            &["x"],
            &["garden"],
            expect![[r#"
            x: 只有 garden / there is only garden
        "#]],
        );
        check(
            &["x"],
            &[
                "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8",
                "b9", "c1", "c2", "c3", "c4",
            ],
            expect![[r#"
                x: 有：a1、a2、a3、a4、a5、a6、a7、a8、a9、b1、b2、b3、b4、b5、b6、b7 等 22 个 / there are a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, b2, b3, b4, b5, b6, b7 and 6 more
            "#]],
        );
    }
}
