using Caas.Core.Refusals;
using Caas.Core.Search;
using Xunit;

namespace Caas.Tests.Search;

/// <summary>What fits a question, and where: the rules of the search without any store.</summary>
public sealed class SearchPatternTests
{
    [Theory]
    [InlineData("hello", "Hello, Bob", "Hello")]
    [InlineData("HEL", "say hello", "hello")]
    [InlineData("cafe", "Un café noir", "café")]
    [InlineData("CAFÉ", "cafe\u0301 noir", "cafe\u0301")]
    [InlineData("strasse", "Die STRASSE und die Straße", "STRASSE", "Straße")]
    [InlineData("oresund", "Øresund", "Øresund")]
    [InlineData("lodz", "Łódź", "Łódź")]
    [InlineData("istanbul", "İSTANBUL", "İSTANBUL")]
    [InlineData("file", "ﬁle", "ﬁle")]
    [InlineData("abc", "ＡＢＣ", "ＡＢＣ")]
    [InlineData("αθηνας", "ΑΘΗΝΑΣ", "ΑΘΗΝΑΣ")]
    [InlineData("ελλ", "Ελλάδα", "Ελλάδα")]
    [InlineData("елка", "Ёлка", "Ёлка")]
    [InlineData("مدرسه", "مَدْرَسَه", "مَدْرَسَه")]
    [InlineData("हिन्दी", "यह हिन्दी है", "हिन्दी")]
    [InlineData("中国", "我爱中国人民", "中国")]
    [InlineData("国", "中国，国家", "国", "国")]
    [InlineData("国人民", "中国人民", "国人民")]
    [InlineData("東京", "今日は東京都へ", "東京")]
    [InlineData("カタカナ", "ｶﾀｶﾅ", "ｶﾀｶﾅ")]
    [InlineData("ガス", "ｶﾞｽ と カ\u3099ス", "ｶﾞｽ", "カ\u3099ス")]
    [InlineData("한국", "한국어를 배운다", "한국")]
    [InlineData("한국", "\u1112\u1161\u11AB\u1100\u116E\u11A8", "\u1112\u1161\u11AB\u1100\u116E\u11A8")]
    [InlineData("สวัสดี", "คำว่าสวัสดีครับ", "สวัสดี")]
    [InlineData("iphone中文", "买 iPhone中文 版", "iPhone中文")]
    [InlineData("2024年", "在2024年春", "2024年")]
    [InlineData("𠮷野", "𠮷野家", "𠮷野")]
    [InlineData("don't", "I don't know, don t ask", "don't", "don t")]
    [InlineData("a.b@example.com", "mail A.B@example.com now", "A.B@example.com")]
    [InlineData("\"red car\"", "red cars, a red car, a car red", "red car")]
    [InlineData("“red car”", "a RED Car", "RED Car")]
    [InlineData("red ca", "cars are red", "cars", "red")]
    [InlineData("re red", "red", "red")]
    [InlineData("soft", "so\u00ADft", "so\u00ADft")]
    public void A_text_fits_and_the_words_that_do_are_told(string question, string text, params string[] highlights) =>
        Assert.Equal(highlights, SearchPattern.Parse(question).Find(text)?.Select(range => text[range.Start..range.End]));

    [Theory]
    [InlineData("hello", "hell o")]
    [InlineData("ello", "hello")]
    [InlineData("red blue", "red")]
    [InlineData("\"red ca\"", "red cars")]
    [InlineData("中人", "中国人")]
    [InlineData("国人", "中国 人民")]
    [InlineData("か", "が")]
    [InlineData("\"he\"", "hello")]
    public void A_text_that_lacks_any_of_it_does_not_fit(string question, string text) => Assert.Null(SearchPattern.Parse(question).Find(text));

    [Theory]
    [InlineData(null, "q is required: what to search for")]
    [InlineData("", "q is required: what to search for")]
    [InlineData(" \u3000\n", "q is required: what to search for")]
    [InlineData("!!! ... 🎉", "q must have a letter or a digit")]
    [InlineData("\"\"", "q must have a letter or a digit")]
    [InlineData("\"red car", "q has a quotation mark that is not closed")]
    [InlineData("a b c d e f g h i j k", "q must be at most 10 words or phrases")]
    public void A_bad_question_is_refused_and_says_why(string? question, string detail) =>
        Assert.Equal((Refusal.ValidationFailed, detail), Assert.Throws<RefusedException>(() => SearchPattern.Parse(question)) switch { var refused => (refused.Refusal, refused.Detail) });

    [Fact]
    public void Ten_thousand_one_letter_beginnings_are_refused() =>
        Assert.Equal("q must be at most 200 characters", Assert.Throws<RefusedException>(() => SearchPattern.Parse(string.Join(' ', Enumerable.Repeat("a", 10_000)))).Detail);

    [Fact]
    public void Whatever_fits_has_the_terms_that_the_index_is_asked_for()
    {
        string[] texts = ["Hello, Bob", "Un café noir", "我爱中国人民", "ｶﾞｽ スタンド", "한국어", "買 iPhone中文 版", "don't", "a.b@example.com", "a 𠮷野家", "x" + new string('é', 100)];
        foreach (var text in texts)
        {
            var tokens = SearchTokens.Of(text);
            for (var (start, length) = (0, 1); start < text.Length; (start, length) = start + length < text.Length ? (start, length + 1) : (start + 1, 1))
            {
                var question = text.Substring(start, length);
                if (SearchTokenizer.Split(question).Count > 0 && SearchPattern.Parse(question) is var pattern && pattern.Find(text) is not null)
                {
                    Assert.All(SearchTokens.Of(pattern), term => Assert.Contains(tokens, token => term.IsPrefix ? token.StartsWith(term.Token, StringComparison.Ordinal) : token == term.Token));
                }
            }
        }
    }

    [Fact]
    public void A_long_question_asks_the_index_for_few_terms() =>
        Assert.InRange(SearchTokens.Of(SearchPattern.Parse(string.Concat(Enumerable.Range(0, 200).Select(n => (char)(0x4E00 + n))))).Count, 1, 12);
}
