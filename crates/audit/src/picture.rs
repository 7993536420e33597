//! A graph as a picture, cut nodes and bridges marked: DOT for Graphviz, or SVG that any browser shows.
//!
//! The SVG is drawn here. Nodes stand where they are said to stand on Earth, if all but a few are; else they push
//! each other off and links pull them together (T. Fruchterman, E. Reingold, "Graph drawing by force-directed
//! placement", Software: Practice and Experience 21(11), 1991), from a circle on, so that equal graphs have equal
//! pictures. Graphs of many nodes stay on the circle.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Outline, Shape};

/// The colour of cut nodes and bridges.
const CUT: &str = "#c0392b";
/// The colour of all else.
const WHOLE: &str = "#34495e";
/// How many nodes are moved about; of more, each step would take too long.
const MOST_MOVED: usize = 1500;
/// Steps of moving about.
const STEPS: usize = 150;
/// Width and height of the drawing, in pixels.
const SIDE: f64 = 1000.0;
/// Room around it.
const MARGIN: f64 = 60.0;

/// A picture of a graph.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// The graph.
    pub graph: &'a Outline,
    /// Where it falls apart.
    pub shape: &'a Shape,
    /// What is written beside each node; empty for their names.
    pub labels: &'a [String],
    /// Where nodes stand, as degrees of longitude and latitude; empty if nobody knows.
    pub places: &'a [Option<(f64, f64)>],
}

impl Picture<'_> {
    /// The graph in Graphviz DOT; cut nodes and bridges are red and bold.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut dot = String::from("graph lab {\n");
        for node in 0..self.graph.nodes.len() {
            let mark = match self.is_cut(node) {
                true => format!(", color=\"{CUT}\", penwidth=3"),
                false => String::new(),
            };
            let _ = writeln!(dot, "  n{node} [label={}{mark}];", quoted(self.label(node)));
        }
        for [a, b] in &self.graph.links {
            let mark = match self.is_bridge([*a, *b]) {
                true => format!(" [color=\"{CUT}\", penwidth=3]"),
                false => String::new(),
            };
            let _ = writeln!(dot, "  n{a} -- n{b}{mark};");
        }
        dot.push_str("}\n");
        dot
    }

    /// The graph as SVG; cut nodes and bridges are red and bold.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let places = self.drawn();
        let side = SIDE + 2.0 * MARGIN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let mut drawn = BTreeMap::new();
        for link in &self.graph.links {
            let [a, b] = [link[0].min(link[1]), link[0].max(link[1])];
            let (colour, width) = match self.is_bridge(*link) {
                true => (CUT, 3),
                false => (WHOLE, 1),
            };
            let ([x, y], [u, v]) = (places[a], places[b]);
            // Parallel links bend apart: to the left, to the right, further to the left …
            let before: &mut u32 = drawn.entry((a, b)).or_default();
            let bend = f64::from(before.div_ceil(2))
                * if before.is_multiple_of(2) {
                    -0.12
                } else {
                    0.12
                };
            *before += 1;
            let path = match a == b {
                true => format!("M{x:.1} {y:.1} c-30 -40 30 -40 0 0"),
                false => {
                    let (p, q) = (
                        (x + u) / 2.0 - bend * (v - y),
                        (y + v) / 2.0 + bend * (u - x),
                    );
                    format!("M{x:.1} {y:.1} Q{p:.1} {q:.1} {u:.1} {v:.1}")
                }
            };
            let _ = writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
            );
        }
        for (node, [x, y]) in places.into_iter().enumerate() {
            let (colour, radius, weight) = match self.is_cut(node) {
                true => (CUT, 7, "bold"),
                false => (WHOLE, 4, "normal"),
            };
            let label = escaped(self.label(node));
            let _ = writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\" font-weight=\"{weight}\">{label}</text>",
                x + 9.0,
                y - 6.0
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn label(&self, node: usize) -> &str {
        self.labels.get(node).unwrap_or(&self.graph.nodes[node])
    }

    fn is_cut(&self, node: usize) -> bool {
        self.shape
            .cut_nodes
            .binary_search(&self.graph.nodes[node])
            .is_ok()
    }

    fn is_bridge(&self, link: [usize; 2]) -> bool {
        self.shape
            .bridges
            .binary_search(&self.graph.pair(link))
            .is_ok()
    }

    /// Where the nodes are drawn.
    fn drawn(&self) -> Vec<[f64; 2]> {
        let count = self.graph.nodes.len();
        let known = self.places.iter().flatten().count();
        let mut drawn = match known > 1 && 5 * known >= 4 * count {
            true => self.on_the_map(),
            false => self.moved_about(),
        };
        fit(&mut drawn);
        spread(&mut drawn);
        drawn
    }

    /// Longitude to the right, latitude upwards; who stands nowhere is at the middle of its neighbours, or at the edge.
    fn on_the_map(&self) -> Vec<[f64; 2]> {
        let known: Vec<_> = self
            .places
            .iter()
            .map(|it| it.map(|(x, y)| [x, -y]))
            .collect();
        let edge = known
            .iter()
            .flatten()
            .fold([f64::MAX; 2], |[x, y], it| [x.min(it[0]), y.min(it[1])]);
        let mut sums = vec![([0.0, 0.0], 0.0); known.len()];
        for [a, b] in &self.graph.links {
            for (from, to) in [(*a, *b), (*b, *a)] {
                if let Some([x, y]) = known[from] {
                    let ([p, q], n) = &mut sums[to];
                    (*p, *q, *n) = (*p + x, *q + y, *n + 1.0);
                }
            }
        }
        let place = |(at, ([x, y], n)): (Option<[f64; 2]>, ([f64; 2], f64))| {
            at.unwrap_or(if n > 0.0 {
                [x / n + 0.3, y / n + 0.3]
            } else {
                edge
            })
        };
        known.into_iter().zip(sums).map(place).collect()
    }

    fn moved_about(&self) -> Vec<[f64; 2]> {
        let count = self.graph.nodes.len();
        let turn = |node: usize| std::f64::consts::TAU * node as f64 / count as f64;
        let mut places: Vec<_> = (0..count)
            .map(|node| [turn(node).cos(), turn(node).sin()])
            .collect();
        if count > MOST_MOVED {
            return places;
        }
        let wanted = 2.0 / (count as f64).sqrt();
        for step in 0..STEPS {
            let most = 0.2 * (1.0 - step as f64 / STEPS as f64);
            let mut moves = vec![[0.0, 0.0]; count];
            let mut push = |a: usize, b: usize, force: &dyn Fn(f64) -> f64| {
                let [dx, dy] = [places[a][0] - places[b][0], places[a][1] - places[b][1]];
                let far = dx.hypot(dy).max(1e-6);
                let force = force(far) / far;
                for (node, sign) in [(a, force), (b, -force)] {
                    moves[node] = [moves[node][0] + sign * dx, moves[node][1] + sign * dy];
                }
            };
            for a in 0..count {
                for b in 0..a {
                    push(a, b, &|far| wanted * wanted / far);
                }
            }
            for [a, b] in self.graph.links.iter().filter(|[a, b]| a != b) {
                push(*a, *b, &|far| -far * far / wanted);
            }
            for (place, [dx, dy]) in places.iter_mut().zip(moves) {
                let far = dx.hypot(dy).max(1e-9);
                let part = far.min(most) / far;
                // What is not joined to anything does not fly away.
                *place = [place[0] + dx * part, place[1] + dy * part].map(|it| it.clamp(-3.0, 3.0));
            }
        }
        places
    }
}

/// Makes the places fill the drawing.
fn fit(places: &mut [[f64; 2]]) {
    for axis in 0..2 {
        let all = || places.iter().map(|place| place[axis]);
        let (least, most) = (
            all().fold(f64::MAX, f64::min),
            all().fold(f64::MIN, f64::max),
        );
        for place in &mut *places {
            let part = match most > least {
                true => (place[axis] - least) / (most - least),
                false => 0.5,
            };
            place[axis] = MARGIN + SIDE * part;
        }
    }
}

/// Puts those that stand on each other side by side, on a spiral.
fn spread(places: &mut [[f64; 2]]) {
    let mut taken: BTreeMap<[i64; 2], u32> = BTreeMap::new();
    for place in places {
        let others = taken.entry(place.map(|it| (it / 4.0) as i64)).or_default();
        let turn = f64::from(*others) * 2.4;
        let far = 14.0 * f64::from(*others).sqrt();
        *place = [place[0] + far * turn.cos(), place[1] + far * turn.sin()];
        *others += 1;
    }
}

/// Text between tags; what XML has no character for is left out.
fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.chars().filter(|it| !it.is_control()).collect()
}
