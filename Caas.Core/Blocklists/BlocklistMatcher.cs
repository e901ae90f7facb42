using System.Text;
using System.Text.RegularExpressions;
using Caas.Core.Search;

namespace Caas.Core.Blocklists;

/// <summary>
/// Finds in a text what a blocklist names. Words are compared as the search compares them: folded, word by word, so that neither case nor accents hide one, and a word inside another is none.
/// Patterns run on an automaton (<see cref="RegexOptions.NonBacktracking"/>): their time is linear in the text, and bounded besides.
/// </summary>
internal sealed class BlocklistMatcher
{
    /// <summary>For one pattern and one text. Linear time keeps far below; a machine in trouble may not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, List<string[]>> _phrases = new(StringComparer.Ordinal);
    private readonly Regex[] _patterns;

    private readonly Blocklist _blocklist;

    public BlocklistMatcher(Blocklist blocklist)
    {
        _blocklist = blocklist;
        foreach (var phrase in blocklist.Words.Select(UnitsOf).Where(units => units.Length > 0))
        {
            (_phrases.TryGetValue(phrase[0], out var same) ? same : _phrases[phrase[0]] = []).Add(phrase);
        }

        _patterns = [.. blocklist.Patterns.Select(Compile)];
    }

    /// <summary>Whether it finds what this blocklist names: automatons that have run are faster than fresh ones.</summary>
    public bool IsOf(Blocklist blocklist) => _blocklist.Words.SequenceEqual(blocklist.Words) && _blocklist.Patterns.SequenceEqual(blocklist.Patterns);

    /// <summary>Whether a word has anything that can be found.</summary>
    public static bool IsFindable(string word) => UnitsOf(word).Length > 0;

    /// <exception cref="ArgumentException">It is no regular expression, or one that needs backtracking.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience);
        }
        catch (NotSupportedException needsBacktracking)
        {
            throw new ArgumentException(needsBacktracking.Message, nameof(pattern), needsBacktracking);
        }
    }

    /// <summary>Where something was found, in UTF-16 code units; it may overlap.</summary>
    /// <param name="budget">Told of patterns that did not come to an end in time, or were not tried any more: they count as not found.</param>
    public List<Range> Find(string text, PatternBudget? budget = null)
    {
        var found = new List<Range>();
        if (_phrases.Count > 0)
        {
            var units = SearchTokenizer.Split(text);
            for (var at = 0; at < units.Count; at++)
            {
                foreach (var phrase in _phrases.GetValueOrDefault(units[at].Text, []))
                {
                    if (at + phrase.Length <= units.Count && phrase.Index().All(part => units[at + part.Index].Text == part.Item))
                    {
                        found.Add(units[at].Start..units[at + phrase.Length - 1].End);
                    }
                }
            }
        }

        foreach (var pattern in _patterns.TakeWhile(_ => budget?.Has() != false))
        {
            // Once more where it was the machine, and not the pattern, that took so long.
            if (!TryFind(pattern, text, found) && (budget?.Has() == false || !TryFind(pattern, text, found)))
            {
                budget?.Exceed();
            }
        }

        return found;
    }

    private static bool TryFind(Regex pattern, string text, List<Range> found)
    {
        try
        {
            foreach (var match in pattern.EnumerateMatches(text))
            {
                if (match.Length > 0)
                {
                    found.Add(match.Index..(match.Index + match.Length));
                }
            }

            return true;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>The text with <c>*</c> in place of each character of these places.</summary>
    public static string Mask(string text, IEnumerable<Range> places)
    {
        var hidden = new bool[text.Length];
        foreach (var place in places)
        {
            hidden.AsSpan(place).Fill(true);
        }

        var masked = new StringBuilder(text.Length);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            _ = hidden[at] && !Rune.IsWhiteSpace(rune) ? masked.Append('*') : masked.Append(rune);
            at += rune.Utf16SequenceLength;
        }

        return masked.ToString();
    }

    private static string[] UnitsOf(string phrase) => [.. SearchTokenizer.Split(phrase).Select(unit => unit.Text)];
}
