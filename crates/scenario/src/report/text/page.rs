//! Titles, indents, colours.

use anstyle::{AnsiColor, Style};

/// A page being written. What it paints is plain text unless it is in colour.
pub(super) struct Page {
    text: String,
    in_colour: bool,
}

impl Page {
    pub(super) const fn new(in_colour: bool) -> Self {
        Self {
            text: String::new(),
            in_colour,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// A line, this many columns from the left.
    pub(super) fn line(&mut self, indent: usize, content: &str) {
        let content = content.trim_end();
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(content);
        self.text.push('\n');
    }

    /// Begins a section; `remark` stands beside its title.
    pub(super) fn title(&mut self, title: &str, remark: &str) {
        self.text.push('\n');
        let (title, remark) = (self.strong(title), self.faint(remark));
        self.line(0, &format!("{title}  {remark}"));
    }

    pub(super) fn strong(&self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(super) fn faint(&self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub(super) fn good(&self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(super) fn bad(&self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    pub(super) fn event(&self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// One of the colours in which those who answer are told apart.
    pub(super) fn role(&self, role: usize, text: &str) -> String {
        const COLOURS: [AnsiColor; 5] = [
            AnsiColor::Cyan,
            AnsiColor::Magenta,
            AnsiColor::Green,
            AnsiColor::Blue,
            AnsiColor::BrightCyan,
        ];
        self.paint(COLOURS[role % COLOURS.len()].on_default(), text)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.in_colour && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
