namespace Caas.Bench.Search;

/// <summary>A language of its own: 20,000 words of which few are frequent (Zipf), Chinese characters likewise, and questions of every kind in it. From a seed.</summary>
internal sealed class SearchWords
{
    private const int Words = 20_000;
    private const int Frequent = 200;
    private const int Characters = 3_000;
    private const int WordsInText = 10;

    private static readonly string[] Syllables = ["ba", "co", "di", "fu", "ga", "he", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "wen", "sta", "tri", "plo", "ques"];

    private readonly Random _random;
    private readonly string[] _words;
    private readonly double[] _wordChances = Zipf(Words);
    private readonly double[] _characterChances = Zipf(Characters);

    public SearchWords(int seed)
    {
        _random = new(seed);
        var words = new HashSet<string>();
        while (words.Count < Words)
        {
            words.Add(string.Concat(Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Syllables[_random.Next(Syllables.Length)])));
        }

        // As in every language, the most frequent words are short.
        _words = [.. words.Take(Frequent).OrderBy(word => word.Length), .. words.Skip(Frequent)];
    }

    /// <summary>Kinds of questions, each another one at each call.</summary>
    public IReadOnlyList<(string Kind, Func<string> Ask)> Questions =>
    [
        ("a common word", () => _words[_random.Next(20)]),
        ("a rare word", () => _words[_random.Next(Words / 2, Words)]),
        ("a word in between", () => _words[_random.Next(100, 1_000)]),
        ("one letter", () => _words[_random.Next(100)][..1]),
        ("a beginning of two letters", () => _words[_random.Next(1_000)][..2]),
        ("a beginning of four letters", () => string.Concat(Syllables[_random.Next(15)], Syllables[_random.Next(15)])),
        ("two common words", () => $"{_words[_random.Next(20)]} {_words[_random.Next(20)]}"),
        ("a common and a rare word", () => $"{_words[_random.Next(20)]} {_words[_random.Next(Words / 2, Words)]}"),
        ("three letters apart", () => $"{_words[_random.Next(50)][..1]} {_words[_random.Next(50)][..1]} {_words[_random.Next(50)][..1]}"),
        ("a phrase of common words", () => $"\"{_words[_random.Next(20)]} {_words[_random.Next(20)]}\""),
        ("one Chinese character", () => Character(_random.Next(1_000)).ToString()),
        ("two common Chinese characters", () => $"{Character(_random.Next(20))}{Character(_random.Next(20))}"),
        ("two rare Chinese characters", () => $"{Character(_random.Next(200, 1_000))}{Character(_random.Next(200, 1_000))}"),
    ];

    /// <summary>One message of usual length, every tenth of them Chinese.</summary>
    public string Text() => _random.Next(10) == 0
        ? string.Concat(Enumerable.Range(0, 2 * WordsInText).Select(_ => Character(Draw(_characterChances))))
        : string.Join(' ', Enumerable.Range(0, WordsInText).Select(_ => _words[Draw(_wordChances)]));

    private static char Character(int rank) => (char)(0x4E00 + rank);

    private int Draw(double[] chances)
    {
        var found = Array.BinarySearch(chances, _random.NextDouble());
        return Math.Min(found < 0 ? ~found : found, chances.Length - 1);
    }

    /// <summary>The chances of ranks, summed up.</summary>
    private static double[] Zipf(int count)
    {
        var all = Enumerable.Range(1, count).Sum(rank => 1.0 / rank);
        var sum = 0.0;
        return [.. Enumerable.Range(1, count).Select(rank => sum += 1.0 / rank / all)];
    }
}
