using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Caas.Core.Search;

/// <summary>
/// What a character becomes before it is compared: without case, accents, width and other forms of the same letter (the table's sources stand in <c>eng/folding.py</c>). The platform runs without
/// the system's Unicode data, so that every machine finds the same; hence a table of our own.
/// </summary>
internal static class TextFolding
{
    private const string Resource = "search/folding.txt";

    private static readonly FrozenDictionary<int, string> Table = Read();

    /// <summary>The folded form; empty: the character is an accent, or nothing that is searched for.</summary>
    public static string Fold(Rune rune) =>
        rune.IsAscii ? AsciiFold(rune.Value) : Table.TryGetValue(rune.Value, out var folded) ? folded : Rune.ToLowerInvariant(rune).ToString();

    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(code => char.ToLowerInvariant((char)code).ToString())];

    private static string AsciiFold(int code) => Ascii[code];

    private static FrozenDictionary<int, string> Read()
    {
        using var reader = new StreamReader(typeof(TextFolding).Assembly.GetManifestResourceStream(Resource)!, Encoding.UTF8);
        var table = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var space = line.IndexOf(' ');
                table.Add(int.Parse(space < 0 ? line : line.AsSpan(0, space), NumberStyles.HexNumber, CultureInfo.InvariantCulture), space < 0 ? "" : line[(space + 1)..]);
            }
        }

        return table.ToFrozenDictionary();
    }
}
