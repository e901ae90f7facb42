namespace Caas.Core.Search;

/// <summary>What is asked of the index: a token, or tokens that begin with it.</summary>
public sealed record SearchTerm(string Token, bool IsPrefix);

/// <summary>
/// The tokens of a message: each word with its first one to six letters, so that these beginnings are found as fast as whole words, and the most frequent words are short; each character of a script without spaces,
/// alone and with the next one. Where a question has more to it (a phrase, a longer beginning), they find what may fit, and <see cref="SearchPattern"/> tells what does.
/// </summary>
internal static class SearchTokens
{
    /// <summary>Beginnings of up to this length are tokens of their own.</summary>
    public const int Beginnings = 6;

    /// <summary>Longer words are found by so much of their beginning.</summary>
    private const int Longest = 64;

    /// <summary>More terms would not narrow what is found, only cost.</summary>
    private const int MostTerms = 12;

    /// <summary>The distinct tokens of a text.</summary>
    public static IReadOnlyCollection<string> Of(string text)
    {
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        var units = SearchTokenizer.Split(text);
        for (var i = 0; i < units.Count; i++)
        {
            var unit = units[i];
            if (!unit.IsWord)
            {
                tokens.Add(unit.Text);
                if (unit.Joined)
                {
                    tokens.Add(units[i - 1].Text + unit.Text);
                }

                continue;
            }

            tokens.Add(Cut(unit.Text, Longest));
            for (var length = 1; length <= Beginnings && length < unit.Text.Length; length++)
            {
                tokens.Add(Cut(unit.Text, length));
            }
        }

        tokens.Remove("");
        return tokens;
    }

    /// <summary>What every message that fits the pattern has in the index; the most telling of it.</summary>
    public static IReadOnlyList<SearchTerm> Of(SearchPattern pattern)
    {
        var terms = pattern.Phrases.SelectMany(Of).Distinct().ToArray();

        // Whatever has a longer one has its beginning too.
        return [.. terms.Where(term => term.IsPrefix || !terms.Any(other => other.Token.Length > term.Token.Length && other.Token.StartsWith(term.Token, StringComparison.Ordinal) && term.Token.Length <= Beginnings))
            .OrderByDescending(term => term.Token.Length).Take(MostTerms)];
    }

    private static IEnumerable<SearchTerm> Of(SearchPhrase phrase)
    {
        for (var i = 0; i < phrase.Units.Count; i++)
        {
            var unit = phrase.Units[i];
            if (unit.IsWord)
            {
                yield return new(Cut(unit.Text, Longest), phrase.LastIsBeginning && i == phrase.Units.Count - 1 && unit.Text.Length > Beginnings);
            }
            else
            {
                yield return new(i > 0 && unit.Joined ? phrase.Units[i - 1].Text + unit.Text : unit.Text, false);
            }
        }
    }

    /// <summary>Never half of a character.</summary>
    private static string Cut(string text, int length) => text.Length <= length ? text : char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
}
