using System.Text;

namespace Caas.Core.Search;

/// <summary>A word, or one character of a script without spaces, as it is compared.</summary>
/// <param name="Text">Folded: without case and accents.</param>
/// <param name="Start">Where it begins in the text, in UTF-16 code units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="IsWord">Not one character of a script without spaces.</param>
/// <param name="Joined">Nothing stands between it and the one before, and both are single characters.</param>
internal readonly record struct SearchUnit(string Text, int Start, int End, bool IsWord, bool Joined);

/// <summary>Takes a text apart into what is searched for. The same for messages and questions, on every store.</summary>
internal static class SearchTokenizer
{
    /// <summary>Raised when the same text gives other tokens than before: all is indexed anew.</summary>
    public const int Version = 1;

    public static List<SearchUnit> Split(string text)
    {
        var units = new List<SearchUnit>();
        var word = new StringBuilder();
        var (start, end, chained) = (0, 0, false);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var next = at + rune.Utf16SequenceLength;
            var folded = Scripts.IsTransparent(rune) ? "" : TextFolding.Fold(rune);
            if (folded.Length == 0)
            {
                // An accent belongs to what stands before it.
                Extend(next);
            }

            foreach (var part in folded.EnumerateRunes())
            {
                if (Scripts.IsUnspaced(part) || part.Value is 0x3099 or 0x309A)
                {
                    EndWord();
                    AddCharacter(part, at, next);
                }
                else if (Scripts.IsOfWord(part))
                {
                    (start, chained) = (word.Length == 0 ? at : start, false);
                    word.Append(part);
                    end = next;
                }
                else
                {
                    EndWord();
                    chained = false;
                }
            }

            at = next;
        }

        EndWord();
        return units;

        void Extend(int to)
        {
            if (word.Length > 0)
            {
                end = to;
            }
            else if (chained)
            {
                units[^1] = units[^1] with { End = to };
            }
        }

        void EndWord()
        {
            if (word.Length > 0)
            {
                units.Add(new(word.ToString(), start, end, IsWord: true, Joined: false));
                word.Clear();
            }
        }

        void AddCharacter(Rune rune, int from, int to)
        {
            if (chained && Scripts.Compose(units[^1].Text, rune.Value) is { } composed)
            {
                units[^1] = units[^1] with { Text = composed, End = to };
            }
            else if (rune.Value is not (0x3099 or 0x309A))
            {
                units.Add(new(rune.ToString(), from, to, IsWord: false, chained));
                chained = true;
            }
        }
    }
}
