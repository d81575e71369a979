//! The files of the tree, and Rust source with comments and texts taken out.
//!
//! A small lexer rather than a parser: enough to count lines of functions and to see words of code.

use std::path::{Path, PathBuf};

/// A Rust file.
pub struct Source {
    /// Path from the root, with `/`.
    pub path: String,
    /// As written.
    pub text: String,
    /// Comments blanked, line by line as written.
    pub uncommented: String,
    /// Comments and the insides of texts blanked.
    pub code: String,
}

/// A function and how long it is.
pub struct Function {
    /// Its name.
    pub name: String,
    /// Lines from its first to its closing brace.
    pub lines: usize,
}

/// The root of the tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the tree as text.
pub fn read(path: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(root().join(path)).unwrap()).into_owned()
}

/// The folders directly within a folder of the tree.
pub fn folders(path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(path)).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every file that belongs to the tree, sorted: what cargo and git keep for themselves does not.
pub fn all_files() -> Vec<String> {
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    files.sort();
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if name == "target" || name == ".git" || name.ends_with(".swp") {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files);
        } else {
            files.push(path);
        }
    }
}

/// Every Rust file.
pub fn sources() -> Vec<Source> {
    all_files().into_iter().filter(|path| path.ends_with(".rs")).map(|path| Source::new(read(&path), path)).collect()
}

impl Source {
    fn new(text: String, path: String) -> Source {
        let (uncommented, code) = blank(&text);
        Source { path, text, uncommented, code }
    }

    /// Whether the file is only compiled for tests.
    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// Whether words stand in the code one after the other.
    pub fn has_words(&self, words: &str) -> bool {
        has_words(&self.code, words)
    }

    /// The functions that have a body.
    pub fn functions(&self) -> Vec<Function> {
        let lines: Vec<&str> = self.code.lines().collect();
        let mut functions = Vec::new();
        for (first, line) in lines.iter().enumerate() {
            let Some(name) = function_name(line) else { continue };
            let mut depth = 0_i32;
            let mut is_open = false;
            for (nth, line) in lines[first..].iter().enumerate() {
                for c in line.chars() {
                    match c {
                        '{' => (depth, is_open) = (depth + 1, true),
                        '}' => depth -= 1,
                        // A declaration without a body.
                        ';' if !is_open => depth = i32::MIN / 2,
                        _ => {}
                    }
                }
                if is_open && depth <= 0 || depth < 0 {
                    if is_open {
                        functions.push(Function { name: name.clone(), lines: nth + 1 });
                    }
                    break;
                }
            }
        }
        functions
    }
}

fn function_name(line: &str) -> Option<String> {
    let at = line.find("fn ")?;
    let is_word = at == 0 || line[..at].ends_with(' ');
    let name: String = line[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (is_word && !name.is_empty()).then_some(name)
}

/// Whether words stand in a text one after the other, each whole.
pub fn has_words(text: &str, words: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    text.match_indices(words)
        .any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + words.len()..].chars().next()))
}

/// The text with comments blanked, and with the insides of texts blanked too.
fn blank(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let (mut uncommented, mut code) = (String::new(), String::new());
    let mut at = 0;
    while at < chars.len() {
        let end = comment_end(&chars, at);
        if at < end {
            push_blank(&mut uncommented, &chars[at..end]);
            push_blank(&mut code, &chars[at..end]);
            at = end;
            continue;
        }
        let end = literal_end(&chars, at);
        if at < end {
            uncommented.extend(&chars[at..end]);
            push_blank(&mut code, &chars[at..end]);
            at = end;
            continue;
        }
        uncommented.push(chars[at]);
        code.push(chars[at]);
        at += 1;
    }
    (uncommented, code)
}

fn push_blank(to: &mut String, chars: &[char]) {
    to.extend(chars.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
}

/// The end of a comment that begins here; here if none does.
fn comment_end(chars: &[char], at: usize) -> usize {
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => at + chars[at..].iter().take_while(|c| **c != '\n').count(),
        ('/', Some('*')) => {
            let rest = chars[at + 2..].windows(2).position(|two| two == ['*', '/']);
            rest.map_or(chars.len(), |rest| at + rest + 4)
        }
        _ => at,
    }
}

/// The end of a text or character that begins here; here if none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    match chars[at] {
        '"' => quoted_end(chars, at + 1, '"'),
        'r' if at == 0 || !(chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(at + 1 + hashes) != Some(&'"') {
                return at;
            }
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body = at + 2 + hashes;
            let found = chars[body..].windows(close.len()).position(|window| window == close);
            found.map_or(chars.len(), |found| body + found + close.len())
        }
        // A character, not a lifetime: closed within a few characters.
        '\'' if chars.get(at + 1) == Some(&'\\') => quoted_end(chars, at + 1, '\''),
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn quoted_end(chars: &[char], mut at: usize, close: char) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            c if c == close => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

#[test]
fn comments_and_texts_are_blanked() {
    let source = Source::new(
        "fn a() { // fn b() {\n    let x = \"fn c() { \\\" }\"; let y = '{'; let z = r#\"}\"\"#;\n}\nfn d<'a>(x: &'a str) -> u8;\n".into(),
        "x.rs".into(),
    );
    let functions: Vec<(String, usize)> =
        source.functions().into_iter().map(|function| (function.name, function.lines)).collect();
    assert_eq!(functions, [("a".to_owned(), 3)]);
    assert!(source.uncommented.contains("fn c() {") && !source.code.contains("fn c() {"));
    assert!(has_words("let plugin-a = 1; a b", "a b") && !has_words("plugin-a b", "a b"));
}
