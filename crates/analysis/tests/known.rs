//! Graphs whose answers anybody can see.

use switchlab_analysis::{UnGraph, between, cuts};

type Graph = UnGraph<(), ()>;

/// Links, components, cut nodes, bridges, and why.
type Row = (
    &'static [(u32, u32)],
    usize,
    &'static [usize],
    &'static [usize],
    &'static str,
);

#[test]
fn a_graph_falls_apart_where_one_can_see_it() {
    #[rustfmt::skip]
    let rows: [Row; 9] = [
        (&[],                                        0, &[],        &[],        "nothing cannot fall apart"),
        (&[(0, 1)],                                  1, &[],        &[0],       "without one of two, one is left"),
        (&[(0, 1), (1, 2)],                          1, &[1],       &[0, 1],    "a line falls apart in its middle"),
        (&[(0, 1), (1, 2), (2, 0)],                  1, &[],        &[],        "a ring holds"),
        (&[(0, 1), (0, 1)],                          1, &[],        &[],        "a doubled link is no bridge"),
        (&[(0, 1), (0, 1), (1, 2), (2, 1)],          1, &[1],       &[],        "however the second is written; the node between is one"),
        (&[(0, 0), (0, 1)],                          1, &[],        &[1],       "a link to oneself is no link to others"),
        (&[(0, 1), (2, 3), (3, 4)],                  2, &[3],       &[0, 1, 2], "each component by itself"),
        (&[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 2)], 1, &[2], &[],       "two rings that share a node have no bridge"),
    ];
    for (links, components, nodes, bridges, because) in rows {
        let found = cuts(&Graph::from_edges(links));
        assert_eq!(found.components, components, "{because}");
        let cut: Vec<_> = found.nodes.iter().map(|it| it.index()).collect();
        assert_eq!(cut, nodes, "{because}");
        let cut: Vec<_> = found.bridges.iter().map(|it| it.index()).collect();
        assert_eq!(cut, bridges, "{because}");
    }
}

/// No depth of a graph exhausts the stack, and a long line takes no longer than its length.
#[test]
fn a_long_line_is_no_deep_matter() {
    const LENGTH: u32 = 100_000;
    let line = Graph::from_edges((1..LENGTH).map(|node| (node - 1, node)));
    let found = cuts(&line);
    assert_eq!(found.nodes.len(), LENGTH as usize - 2);
    assert_eq!(found.bridges.len(), LENGTH as usize - 1);
    let ends = [[0.into()], [(LENGTH - 1).into()]];
    let found = between(&line, &ends[0], &ends[1], |_| true).expect("a line joins its ends");
    assert_eq!(found.nodes.len(), LENGTH as usize);
    assert_eq!(found.links.len(), LENGTH as usize - 1);
}

/// A star of many nodes is as quick: no node is looked at once for each of its links.
#[test]
fn a_wide_star_is_no_wide_matter() {
    const RAYS: u32 = 100_000;
    let star = Graph::from_edges((1..=RAYS).map(|node| (0, node)));
    let found = cuts(&star);
    assert_eq!(found.nodes, [0.into()]);
    assert_eq!(found.bridges.len(), RAYS as usize);
}
