import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.importing import sanitize_html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("", ""),
        ("Plain & simple < 5", "Plain &amp; simple &lt; 5"),
        ("<p>ok<br>now</p>", "<p>ok<br>now</p>"),
        ("<script>alert(1)</script>x<style>p{}</style>", "x"),
        ('<p onclick="x()" style="color:red" class="c" id="i">t</p>', "<p>t</p>"),
        ("<font><p>kept</p></font>", "<p>kept</p>"),
        (
            '<a href="https://x.example/" target="_blank" title="t">x</a>',
            '<a href="https://x.example/" title="t" rel="noopener nofollow">x</a>',
        ),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener nofollow">x</a>'),
        ('<a href=" java\tscript:alert(1)">x</a>', '<a rel="noopener nofollow">x</a>'),
        ('<a href="data:text/html,x">x</a>', '<a rel="noopener nofollow">x</a>'),
        ('<a href="/pages/about">x</a>', '<a rel="noopener nofollow">x</a>'),
        (
            '<a href="mailto:a@b.example">x</a>',
            '<a href="mailto:a@b.example" rel="noopener nofollow">x</a>',
        ),
        (
            '<img src="//cdn.example/a.jpg" width="10" onerror="x()">',
            '<img src="https://cdn.example/a.jpg" width="10">',
        ),
        ('<img src="a.jpg"><img src="mailto:x@y.example">', "<img><img>"),
        ("<iframe src='https://x.example'>inside</iframe>after", "after"),
        ("<!-- comment --><p>x", "<p>x</p>"),
        (
            "<table><tr><td colspan=2>x</td></tr></table>",
            '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        ),
        ("a\r\nb\rc\vd", "a\nb\nc\nd"),
        ("<svg><p><style><img src=x onerror=alert(1)></style>", "<p></p>"),
    ],
)
def test_only_harmless_markup_is_left(html: str, clean: str) -> None:
    assert sanitize_html(html) == clean


TAGS = ["<p>", "</p>", "<b", "</b>", "<script>", "</script>", "<svg>", "<math>", "<style>"]
TAGS += ["<table>", "<td>", "</table>", "<!--", "-->", "<![CDATA[", "]]>", "<title>", "</title>"]
TAGS += ['<a href="//x">', "<img src=x>", "&lt;", "&#0;", "<", ">", '"', "'"]
MARKUP = st.lists(st.sampled_from(TAGS) | st.text(max_size=5), max_size=20).map("".join)


@given(MARKUP)
def test_cleaning_twice_changes_nothing_more(html: str) -> None:
    once = sanitize_html(html)
    assert sanitize_html(once) == once
    assert "<script" not in once
