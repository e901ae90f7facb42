using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Search;

/// <summary>What searches may cost, section <c>Caas:Search</c>.</summary>
public sealed class SearchOptions
{
    public const string Section = "Caas:Search";

    /// <summary>How many searches run at once in a process; more wait. Default 4.</summary>
    [Range(1, 64)]
    public int AtOnce { get; init; } = 4;

    /// <summary>After how long the index is asked no further and the search refused as too broad. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(1);
}

[OptionsValidator]
internal sealed partial class SearchOptionsValidator : IValidateOptions<SearchOptions>;
