using System.Text;
using Caas.Core.Attachments;
using Xunit;

namespace Caas.Tests.Attachments;

public sealed class FileTypeTests
{
    [Theory]
    [InlineData("image/png", "\u0089PNG\r\n\u001a\n....", true)]
    [InlineData("image/png", "\u00ff\u00d8\u00ff....", false)]
    [InlineData("image/png", "<html>", false)]
    [InlineData("image/jpeg", "\u00ff\u00d8\u00ff\u00e0....", true)]
    [InlineData("image/gif", "GIF89a....", true)]
    [InlineData("image/webp", "RIFF....WEBPVP8 ", true)]
    [InlineData("audio/wav", "RIFF....WEBPVP8 ", false)]
    [InlineData("audio/mpeg", "ID3....", true)]
    [InlineData("audio/mpeg", "\u00ff\u00fb\u0090\u0064", true)]
    [InlineData("video/mp4", "....ftypisom", true)]
    [InlineData("video/mp4", "MZ......", false)]
    [InlineData("application/pdf", "%PDF-1.7", true)]
    [InlineData("application/pdf", "<script>", false)]
    [InlineData("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\u0003\u0004....", true)]
    [InlineData("text/plain", "hello", true)]
    [InlineData("text/plain", "<html> as a text is only a text", true)]
    [InlineData("text/plain", "hel\0lo", false)]
    [InlineData("text/plain", "%PDF-1.7", false)]
    [InlineData("application/x-own", "anything", true)]
    [InlineData("application/x-own", "\u007fELF", false)]
    [InlineData("application/x-own", "  <!doctype html>", false)]
    [InlineData("application/x-own", "var x; <ScRiPt>", false)]
    public void A_file_must_begin_as_its_type_does(string type, string head, bool fits) =>
        Assert.Equal(fits, FileTypes.Contradiction(type, Encoding.Latin1.GetBytes(head)) is null);

    [Theory]
    [InlineData("image/png", true)]
    [InlineData("IMAGE/PNG", true)]
    [InlineData("audio/flac", true)]
    [InlineData("text/html", false)]
    [InlineData("image/svg+xml", false)]
    public void Only_what_is_named_is_allowed(string type, bool allowed) => Assert.Equal(allowed, FileTypes.IsAllowed(type, ["image/png", "audio/*"]));

    [Theory]
    [InlineData("image/png", true)]
    [InlineData("image/*", false)]
    [InlineData("image", false)]
    [InlineData("a/b/c", false)]
    [InlineData("image/png; charset=x", false)]
    [InlineData("image/p\u00e4g", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_type_has_two_parts_and_no_parameters(string? type, bool good)
    {
        Assert.Equal(good, FileTypes.IsType(type));
        Assert.True(FileTypes.IsRange("image/*"));
        Assert.False(FileTypes.IsRange("*/*"));
    }

    [Fact]
    public void What_is_allowed_by_default_holds_no_scripts() => Assert.DoesNotContain(FileTypes.Default, type => type.Contains("html", StringComparison.Ordinal) || type.Contains("svg", StringComparison.Ordinal) || type.Contains("javascript", StringComparison.Ordinal));
}
