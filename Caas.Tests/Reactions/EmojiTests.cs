using Caas.Core.Reactions;
using Xunit;

namespace Caas.Tests.Reactions;

public sealed class EmojiTests
{
    [Theory]
    [InlineData("👍", "👍")]
    [InlineData("👍🏽", "👍🏽")]
    [InlineData("☝🏽", "☝🏽")]
    [InlineData("❤", "❤️")]
    [InlineData("❤️", "❤️")]
    [InlineData("👍\uFE0F", "👍")]
    [InlineData("❤\u200D🔥", "❤️\u200D🔥")]
    [InlineData("❤️\u200D🔥", "❤️\u200D🔥")]
    [InlineData("👩🏽\u200D❤️\u200D💋\u200D👨🏿", "👩🏽\u200D❤️\u200D💋\u200D👨🏿")]
    [InlineData("👨\u200D👩\u200D👧\u200D👦", "👨\u200D👩\u200D👧\u200D👦")]
    [InlineData("🏳️\u200D🌈", "🏳️\u200D🌈")]
    [InlineData("👁\u200D🗨", "👁️\u200D🗨️")]
    [InlineData("🇩🇪", "🇩🇪")]
    [InlineData("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿")]
    [InlineData("1️⃣", "1️⃣")]
    [InlineData("1⃣", "1️⃣")]
    [InlineData("#️⃣", "#️⃣")]
    [InlineData("©", "©️")]
    [InlineData("+1", "+1")]
    [InlineData("-1", "-1")]
    [InlineData("party_parrot-2", "party_parrot-2")]
    [InlineData("a", "a")]
    public void What_is_one_emoji_or_a_name_has_one_form(string text, string form) => Assert.Equal(form, Emoji.Normalize(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("👍👍")]
    [InlineData("👍 ")]
    [InlineData("👍a")]
    [InlineData("\u200D")]
    [InlineData("👍\u200D")]
    [InlineData("\u200D👍")]
    [InlineData("\uFE0F")]
    [InlineData("❤️\uFE0F")]
    [InlineData("🏽")]
    [InlineData("🇩")]
    [InlineData("🇩🇪🇫🇷")]
    [InlineData("🏴󠁧󠁢")]
    [InlineData("<script>")]
    [InlineData("__proto__")]
    [InlineData("_a")]
    [InlineData("Like")]
    [InlineData("ä")]
    [InlineData("a b")]
    [InlineData("..")]
    [InlineData("#")]
    [InlineData("汉")]
    [InlineData("\uD83D")]
    [InlineData("\u0000")]
    [InlineData("e\u0301")]
    public void What_is_neither_is_refused(string? text) => Assert.Null(Emoji.Normalize(text!));

    [Fact]
    public void It_is_bounded()
    {
        Assert.NotNull(Emoji.Normalize(new string('a', 32)));
        Assert.Null(Emoji.Normalize(new string('a', 33)));
        Assert.Null(Emoji.Normalize("👩" + string.Concat(Enumerable.Repeat("\u200D👩", 10))));
    }
}
