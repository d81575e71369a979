//! Texts made alike before they are compared: full-width signs as half-width, capitals as small
//! letters, any blanks as one, signs nobody sees left out. Pure.

/// The folded text.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0'..='\x20' | '\u{a0}' | '\u{3000}' => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            '\x21'..='\x7f' => folded.push(c.to_ascii_lowercase()),
            // Full-width ASCII lies in one block, in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => {
                let ascii = char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c);
                folded.push(ascii.to_ascii_lowercase());
            }
            // Chinese has no case: spares the table look-up on almost every character.
            '\u{2e80}'..='\u{9fff}' => folded.push(c),
            // Zero-width and direction signs come along with text that was pasted.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => {}
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded
}
