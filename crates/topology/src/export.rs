//! The plan as text that other programs draw: DOT for Graphviz, Mermaid for web pages.

use std::fmt::Write as _;

use crate::plan::Topology;

impl Topology {
    /// The plan in Graphviz DOT: nodes by name, links labelled with their ports.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("graph lab {\n");
        for (id, node) in self.nodes() {
            let name = node.name.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = writeln!(dot, "  n{id} [label=\"{name}\"];");
        }
        for link in self.links() {
            let [a, b] = link.ends;
            let _ = writeln!(
                dot,
                "  n{} -- n{} [taillabel=\"{}\", headlabel=\"{}\"];",
                a.node, b.node, a.port, b.port
            );
        }
        dot.push_str("}\n");
        dot
    }

    /// The plan as a Mermaid flowchart: nodes by name, links labelled with their ports.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut chart = String::from("graph LR\n");
        for (id, node) in self.nodes() {
            let _ = writeln!(chart, "  n{id}[\"{}\"]", node.name.replace('"', "#quot;"));
        }
        for link in self.links() {
            let [a, b] = link.ends;
            let _ = writeln!(
                chart,
                "  n{} ---|\"{}:{}\"| n{}",
                a.node, a.port, b.port, b.node
            );
        }
        chart
    }
}

#[cfg(test)]
mod tests {
    use crate::{LinkConfig, TopologyBuilder};

    #[test]
    fn a_plan_can_be_drawn() {
        let mut plan = TopologyBuilder::default();
        plan.node("we\"b", 1)
            .node("sw", 2)
            .link("we\"b", "sw:1", LinkConfig::default());
        let plan = plan.build().expect("a good plan");
        assert_eq!(
            plan.to_dot(),
            "graph lab {\n  n0 [label=\"sw\"];\n  n1 [label=\"we\\\"b\"];\n  n0 -- n1 [taillabel=\"1\", headlabel=\"0\"];\n}\n"
        );
        assert_eq!(
            plan.to_mermaid(),
            "graph LR\n  n0[\"sw\"]\n  n1[\"we#quot;b\"]\n  n0 ---|\"1:0\"| n1\n"
        );
    }
}
