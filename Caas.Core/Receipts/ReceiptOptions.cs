using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Receipts;

/// <summary>How receipts are written and told.</summary>
public sealed class ReceiptOptions
{
    public const string Section = "Caas:Receipts";

    /// <summary>How long marks of the hub gather before they are written together. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan FlushAfter { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>In conversations of up to so many members each is told how far the others have come; 0: in none. Default 100.</summary>
    [Range(0, 10_000)]
    public int PushedMembers { get; init; } = 100;

    /// <summary>How many members' marks may wait to be written before more are refused. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxWaiting { get; init; } = 100_000;
}

[OptionsValidator]
internal sealed partial class ReceiptOptionsValidator : IValidateOptions<ReceiptOptions>;
