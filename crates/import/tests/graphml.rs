//! GraphML that is not as the zoo has it: what is taken, what is refused, and what nothing can come to.

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_import::graphml::{self, Network};

/// A file with this in its graph.
fn within_graph(inner: &str) -> String {
    format!("<graphml>\n<graph edgedefault=\"undirected\">\n{inner}\n</graph>\n</graphml>\n")
}

fn shape(network: &Network) -> String {
    let nodes: Vec<_> = network.nodes.iter().map(|node| &*node.id).collect();
    let edges = network
        .edges
        .iter()
        .map(|edge| edge.ends.map(|end| nodes[end]).join("-"));
    format!(
        "{} | {}",
        nodes.join(" "),
        edges.collect::<Vec<_>>().join(" ")
    )
}

#[test]
fn what_graphs_may_be_like() {
    #[rustfmt::skip]
    let rows = [
        ("<node id='b'/><node id='a'/>",                                      "b a | ",             "the order is the file's"),
        ("<edge source='a' target='b'/><node id='a'/><node id='b'/>",         "a b | a-b",          "an edge may come before its nodes"),
        ("<node id='a'/><node id='b'/><edge source='a' target='b' directed='true'/><edge source='b' target='a' directed='true'/>",
                                                                              "a b | a-b b-a",      "directions do not count, and each edge does"),
        ("<node id='a'/><edge source='a' target='a'/>",                       "a | a-a",            "a loop"),
        ("<node id='a&amp;b'/><node id='&#233;'/>",                           "a&b é | ",           "ids are any text"),
        ("<node id='a'><port name='p'><port name='q'/></port></node>",        "a | ",               "ports change nothing"),
        ("<!-- <node id='x'/> --><node id='a'/><?pi <node id='x'/> ?>",       "a | ",               "comments and instructions hold no nodes"),
        ("<node id='a'><data key='d'><node id='x'><edge/></node></data></node>", "a | ",            "nor do data"),
        ("<node id='a'><data key='d'><![CDATA[<node id='x'/>]]></data></node>", "a | ",             "nor text"),
        ("<desc>all</desc><locator/><x:shape xmlns:x='urn:x' id='x'/><x:node xmlns:x='urn:x' id='a'/>", "a | ", "names count, not prefixes"),
    ];
    for (inner, expected, because) in rows {
        let network = graphml::read(&within_graph(inner), "it.graphml").expect(because);
        assert_eq!(shape(&network), expected, "{because}");
    }
}

#[test]
fn what_is_around_a_graph_may_be_much() {
    let file = "\u{feff}<?xml version='1.0' encoding='UTF-8' standalone='no'?>\n\
        <!DOCTYPE graphml SYSTEM 'http://graphml.graphdrawing.org/dtds/1.0rc/graphml.dtd'>\n\
        <g:graphml xmlns:g='http://graphml.graphdrawing.org/xmlns' xmlns:y='http://www.yworks.com/xml/graphml'>\n\
        <g:key id='d0' for='all' attr.name='label'><g:default>nobody</g:default></g:key>\n\
        <g:key id='d1' for='node' yfiles.type='nodegraphics'/>\n\
        <g:key id='d2' for='edge' attr.name='LinkSpeed'/><g:key id='d3' for='edge' attr.name='LinkSpeedUnits'/>\n\
        <g:graph id='' edgedefault='directed'>\n\
        <g:node id='n0'><g:data key='d0'> K&#246;ln &amp; Bonn </g:data><g:data key='d1'><y:ShapeNode><y:Fill color='#FFF'/></y:ShapeNode></g:data></g:node>\n\
        <g:node id='n1'><g:data key='nowhere'>x</g:data></g:node>\n\
        <g:edge source='n0' target='n1'><g:data key='d2'>2.5</g:data><g:data key='d3'>G</g:data></g:edge>\n\
        <g:edge source='n0' target='n1'><g:data key='d2'>many</g:data><g:data key='d3'>G</g:data></g:edge>\n\
        </g:graph></g:graphml>\n";
    assert!(graphml::is_xml(file));
    let network = graphml::read(file, "it.graphml").expect("GraphML");
    let labels: Vec<_> = network
        .nodes
        .iter()
        .map(|node| node.label.as_deref())
        .collect();
    assert_eq!(
        labels,
        [Some("Köln & Bonn"), Some("nobody")],
        "what is not told is as the key says"
    );
    let speeds: Vec<_> = network.edges.iter().map(|edge| edge.speed).collect();
    assert_eq!(speeds, [Some(2.5e9), None]);
}

#[test]
fn what_is_refused_says_where_and_what_would_be_right() {
    let graph = |inner: &str| within_graph(inner);
    #[rustfmt::skip]
    let rows = [
        (graph("<node/>"),                               3, "<node> needs the attribute `id`",             "as in <node id=\"7\">"),
        (graph("<node id='a'/>\n<node id='a'/>"),        4, "there is another node \"a\"",                 "an id of its own"),
        (graph("<node id='a'/>\n\n<edge source='a'/>"),  5, "<edge> needs the attribute `target`",         "source=\"7\" target=\"8\""),
        (graph("<node id='a'/><edge source='a' target='z'/>"), 3, "there is no node \"z\"",                "<node id=\"z\">"),
        (graph("<hyperedge/>"),                          3, "an edge with any number of ends is not read", "a node for it"),
        (graph("<node id='a'>\n<graph/></node>"),        4, "there is a graph within another",             "nodes side by side"),
        (graph("</graph><graph>"),                       3, "there is a second graph",                     "a file of its own"),
        (graph("<node id='a' id='b'/>"),                 3, "id is there twice",                           "there once"),
        (graph("<node id='&who;'/>"),                    3, "this is no XML",                              "tags that begin and end"),
        (graph("<data key='d'>&who;</data>"),            3, "nothing says what &who; is",                  "&lt; &gt; &amp;"),
        (graph("<node id='a'>"),                         4, "this is no XML",                              "tags that begin and end"),
        (graph("<node id=a/>"),                          3, "this is no XML",                              "tags that begin and end"),
        ("<graphml>\n<graph>".to_owned(),                2, "the file ends within an element",             "</name>"),
        ("<graphml/>".to_owned(),                        1, "there is no graph",                           "with a <graph>"),
        ("<html></html>".to_owned(),                     1, "<html> is no GraphML",                        "<graphml>"),
        ("<graphml><graph/></graphml>\n<graphml/>".to_owned(), 2, "<graphml> is no GraphML",               "the one outermost"),
        (String::new(),                                  1, "there is no element",                         "<graphml>"),
    ];
    for (file, line, message, help) in rows {
        let errors = graphml::read(&file, "it.graphml").expect_err(message);
        let [problem] = errors.problems() else {
            panic!("{message}: {}", errors.render(false));
        };
        assert!(
            problem.message.starts_with(message),
            "{message}: {}",
            problem.message
        );
        assert_eq!(errors.line(problem), line, "{message}");
        let told = problem.help.as_deref().unwrap_or_default();
        assert!(told.contains(help), "{message}: {told}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let file =
        within_graph("<node id='a'/>\n<node id='a'/>\n<edge source='b' target='c'/>\n<node/>");
    let errors = graphml::read(&file, "it.graphml").expect_err("four mistakes");
    let lines: Vec<_> = errors.problems().iter().map(|it| errors.line(it)).collect();
    assert_eq!(lines, [4, 5, 5, 6]);
}

/// Files that are made to keep a reader busy for ever: each is done with in less than the time a person notices.
#[test]
fn nothing_keeps_the_reader_busy() {
    const MANY: usize = 20_000;
    let laughs = "<!DOCTYPE graphml [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>".to_owned()
        + &within_graph("<node id='&b;'/>");
    assert!(
        graphml::read(&laughs, "laughs").is_err(),
        "entities are not taken in"
    );
    let deep = within_graph(
        &("<node id='a'>".to_owned() + &"<x>".repeat(MANY) + &"</x>".repeat(MANY) + "</node>"),
    );
    assert_eq!(
        shape(&graphml::read(&deep, "deep").expect("one node")),
        "a | "
    );
    let attributes: String = (0..MANY).map(|at| format!(" a{at}=''")).collect();
    let wide = within_graph(&format!("<node{attributes} id='a'/>"));
    assert_eq!(
        shape(&graphml::read(&wide, "wide").expect("one node")),
        "a | "
    );
    let keys: String = (0..MANY)
        .map(|at| format!("<key id='k{at}' attr.name='n{at}'/>"))
        .collect();
    let nodes: String = (0..MANY).map(|at| format!("<node id='{at}'/>")).collect();
    let long = within_graph(&nodes).replacen("<graphml>", &format!("<graphml>{keys}"), 1);
    assert_eq!(
        graphml::read(&long, "long")
            .expect("many nodes")
            .nodes
            .len(),
        MANY
    );
    let wrong = within_graph(&"<edge source='a' target='b'/>\n".repeat(MANY));
    assert!(graphml::read(&wrong, "wrong").is_err());
}

fn any_piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "<graphml>",
            "</graphml>",
            "<graph>",
            "</graph>",
            "<node id='a'>",
            "<node id='b'/>",
            "</node>",
            "<data key='d'>",
            "</data>",
            "<edge source='a' target='b'/>",
            "<key id='d' attr.name='label'>",
            "<default>",
            "</default>",
            "</key>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<!DOCTYPE x [",
            "]>",
            "&",
            "&#0;",
            "&#xd800;",
            "<?",
            "?>",
            "'",
            "\"",
            "<",
            ">",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

proptest! {
    /// No text makes the reader panic, and what is wrong can be shown.
    #[test]
    fn no_text_is_too_much(pieces in vec(any_piece(), 0..24)) {
        if let Err(errors) = graphml::read(&pieces.concat(), "it.graphml") {
            prop_assert!(!errors.problems().is_empty());
            prop_assert!(!errors.render(false).is_empty());
        }
    }

    /// What is written is what is read.
    #[test]
    fn a_graph_is_read_as_it_is_written(ids in vec("[^\\x00-\\x1f<>&'\"\\u{fffe}\\u{ffff}]{1,6}", 1..8), ends in vec(any::<[proptest::sample::Index; 2]>(), 0..12)) {
        let mut ids = ids;
        ids.sort();
        ids.dedup();
        let ends: Vec<_> = ends.iter().map(|ends| ends.map(|end| end.index(ids.len()))).collect();
        let nodes: String = ids.iter().map(|id| format!("<node id='{id}'/>")).collect();
        let edges = ends.iter().map(|[a, b]| format!("<edge target='{}' source='{}'/>", ids[*b], ids[*a]));
        let network = graphml::read(&within_graph(&(nodes + &edges.collect::<String>())), "it").expect("GraphML");
        prop_assert_eq!(network.nodes.iter().map(|node| &node.id).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
        prop_assert_eq!(network.edges.iter().map(|edge| edge.ends).collect::<Vec<_>>(), ends);
    }
}
