namespace Caas.Core.Search;

/// <summary>Words, one behind the other.</summary>
/// <param name="LastIsBeginning">The last word may go on; false: the phrase stood in quotation marks.</param>
internal sealed record SearchPhrase(IReadOnlyList<SearchUnit> Units, bool LastIsBeginning)
{
    /// <summary>Whether the phrase stands at this place of a text.</summary>
    public bool FitsAt(List<SearchUnit> text, int at)
    {
        if (at + Units.Count > text.Count)
        {
            return false;
        }

        for (var i = 0; i < Units.Count; i++)
        {
            var (wanted, found) = (Units[i], text[at + i]);
            var fits = LastIsBeginning && wanted.IsWord && i == Units.Count - 1 ? found.Text.StartsWith(wanted.Text, StringComparison.Ordinal) : found.Text == wanted.Text;
            if (!fits || found.IsWord != wanted.IsWord || (i > 0 && wanted.Joined && !found.Joined))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What is looked for: every one of these phrases, in whatever order.</summary>
internal sealed record SearchPattern(IReadOnlyList<SearchPhrase> Phrases)
{
    /// <summary>The most characters of a question.</summary>
    public const int MaxLength = 200;

    /// <summary>The most words and phrases of a question.</summary>
    public const int MaxPhrases = 10;

    private const int MaxHighlights = 50;

    /// <summary>Whether many may have its words and still not fit: the index does not know what stands beside what.</summary>
    public bool NeedsLooking => Phrases.Any(phrase => phrase.Units.Count(unit => !unit.Joined) > 1 || phrase.Units.Count > 2 || !phrase.LastIsBeginning);

    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <c>q</c>.</exception>
    public static SearchPattern Parse(string? question)
    {
        new Validation()
            .Check(!string.IsNullOrWhiteSpace(question), "q", "is required: what to search for")
            .Check(question is not { Length: > MaxLength }, "q", $"must be at most {MaxLength} characters")
            .ThrowIfAny();
        var parts = question!.Replace('“', '"').Replace('”', '"').Split('"');
        var phrases = parts.SelectMany((part, i) => i % 2 == 1 ? [Phrase(part, lastIsBeginning: false)] : part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => Phrase(word, lastIsBeginning: true)))
            .Where(phrase => phrase.Units.Count > 0)
            .ToArray();
        new Validation()
            .Check(parts.Length % 2 == 1, "q", "has a quotation mark that is not closed")
            .Check(phrases.Length > 0, "q", "must have a letter or a digit")
            .Check(phrases.Length <= MaxPhrases, "q", $"must be at most {MaxPhrases} words or phrases")
            .ThrowIfAny();
        return new(phrases);
    }

    /// <summary>Where a text has what is looked for: ascending, apart from each other, the words whole; null: it does not have all of it.</summary>
    public IReadOnlyList<(int Start, int End)>? Find(string text)
    {
        var units = SearchTokenizer.Split(text);
        var found = new List<(int Start, int End)>();
        foreach (var phrase in Phrases)
        {
            var before = found.Count;
            for (var at = 0; at + phrase.Units.Count <= units.Count; at++)
            {
                if (phrase.FitsAt(units, at))
                {
                    found.Add((units[at].Start, units[at + phrase.Units.Count - 1].End));
                }
            }

            if (found.Count == before)
            {
                return null;
            }
        }

        return [.. Apart(found).Take(MaxHighlights)];
    }

    private static SearchPhrase Phrase(string text, bool lastIsBeginning) => new(SearchTokenizer.Split(text), lastIsBeginning);

    private static List<(int Start, int End)> Apart(List<(int Start, int End)> ranges)
    {
        var apart = new List<(int Start, int End)>();
        foreach (var range in ranges.Order())
        {
            if (apart.Count > 0 && range.Start < apart[^1].End)
            {
                apart[^1] = (apart[^1].Start, Math.Max(apart[^1].End, range.End));
            }
            else
            {
                apart.Add(range);
            }
        }

        return apart;
    }
}
