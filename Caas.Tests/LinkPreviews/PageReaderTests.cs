using Caas.Adapters.Links;
using Caas.Contracts;
using Caas.Core.LinkPreviews;
using Xunit;

namespace Caas.Tests.LinkPreviews;

public sealed class PageReaderTests
{
    private static readonly Uri At = new("https://example.com/news/1");

    [Fact]
    public void A_page_says_what_it_is_in_open_graph()
    {
        var preview = Read("""
            <!DOCTYPE html><html><head><title>Not this</title>
            <META content="A &quot;good&quot; day" PROPERTY='og:title'><meta property=og:description content="What
              happened &amp; why"><meta property="og:image" content="/pic.png?a=1&amp;b=2"><meta property="og:site_name" content="News"></head><body>
            """);
        Assert.Equal(new LinkPreview("link", "A \"good\" day", "What happened & why", "https://example.com/pic.png?a=1&b=2", "News"), preview);
    }

    [Fact]
    public void Without_it_the_title_and_the_description_count()
    {
        Assert.Equal(new LinkPreview("link", "Grüße & more", "Words", null, null), Read("<html><title lang=de>\n Gr&uuml;&szlig;e &amp; more </title><meta name=description content='Words'>"));
        Assert.Equal("Card", Read("<title>x</title><meta name='twitter:title' content='Card'><meta property='og:title' content=' '>")!.Title);
        Assert.Null(Read("<html><body><p>Nothing of itself"));
        Assert.Null(Read(""));
        Assert.Null(Read("<title>  </title>"));
    }

    [Theory]
    [InlineData("pic.png", "https://example.com/news/pic.png")]
    [InlineData("//cdn.example.com/pic.png", "https://cdn.example.com/pic.png")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("data:image/png;base64,AAAA", null)]
    [InlineData("https://user:secret@example.com/pic.png", null)]
    public void An_image_lies_at_a_web_address(string given, string? expected) =>
        Assert.Equal(expected, Read($"<title>x</title><meta property='og:image' content='{given}'>")!.ImageUrl);

    [Fact]
    public void What_is_too_long_is_cut_between_characters_and_control_characters_go()
    {
        var preview = Read($"<title>{string.Concat(Enumerable.Repeat("😀", 200))}</title><meta name=description content='a\u0000b\u001bc\u200e{new string('x', 600)}'>")!;
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 150)), preview.Title);
        Assert.Equal(500, preview.Description!.Length);
        Assert.DoesNotContain(preview.Description, char.IsControl);
    }

    [Fact]
    public void Nothing_in_a_page_costs_more_than_its_length()
    {
        foreach (var hostile in new[] { "<b>", "<div><a><table>", "<meta ", "<meta content=\"", "<title><", "<!--", "&amp", "<svg><title>" })
        {
            var page = string.Concat(Enumerable.Repeat(hostile, 512 * 1024 / hostile.Length)) + "<title>After</title>";
            Read(page);
        }
    }

    [Theory]
    [InlineData("see https://example.com/a.", "https://example.com/a")]
    [InlineData("(https://example.com/a_(b))", "https://example.com/a_(b)")]
    [InlineData("HTTPS://Example.com/?q=1&r=2#x, and http://b.test/", "HTTPS://Example.com/?q=1&r=2#x|http://b.test/")]
    [InlineData("[text](https://example.com/a)", "https://example.com/a")]
    [InlineData("https://a.test/ https://a.test/ https://b.test/ https://c.test/ https://d.test/", "https://a.test/|https://b.test/|https://c.test/")]
    [InlineData("https://user:secret@a.test/ javascript://x ftp://a.test xhttp://a.test http:// https://", "")]
    [InlineData("„https://bücher.test/ä“", "https://bücher.test/ä“")]
    [InlineData(null, "")]
    public void Links_are_found_as_they_stand_in_the_text(string? text, string links) => Assert.Equal(links, string.Join('|', Links.In(text, 3)));

    private static LinkPreview? Read(string page) => PageReader.Read("link", At, page);
}
