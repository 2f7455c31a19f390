//! How well one colour is read on another, as WCAG 2 measures it.

use ratatui::style::Color;

/// The contrast of two colours, from 1 (the same) to 21 (black and white); `None` where the terminal decides what a
/// colour looks like. <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>
pub fn ratio(one: Color, other: Color) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// The colour halfway between two; `None` where the terminal decides what a colour looks like.
pub fn halfway(one: Color, other: Color) -> Option<Color> {
    mixed(one, other, 128)
}

/// A colour with `part` of 256 of another in it; `None` where the terminal decides what a colour looks like.
pub fn mixed(one: Color, other: Color, part: u8) -> Option<Color> {
    let (Color::Rgb(red, green, blue), Color::Rgb(other_red, other_green, other_blue)) = (one, other) else {
        return None;
    };
    let mix = |one: u8, other: u8| {
        let sum = u16::from(one) * (256 - u16::from(part)) + u16::from(other) * u16::from(part);
        u8::try_from(sum / 256).unwrap_or(u8::MAX)
    };
    Some(Color::Rgb(mix(red, other_red), mix(green, other_green), mix(blue, other_blue)))
}

fn luminance(color: Color) -> Option<f64> {
    let Color::Rgb(red, green, blue) = color else { return None };
    let [red, green, blue] = [red, green, blue].map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_is_twenty_one_to_one() {
        let contrast = ratio(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)).expect("both are known");
        assert!((contrast - 21.0).abs() < 1e-9, "{contrast}");
        assert_eq!(ratio(Color::Red, Color::Rgb(0, 0, 0)), None);
    }
}
