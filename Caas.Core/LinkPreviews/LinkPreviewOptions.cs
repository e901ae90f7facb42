using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.LinkPreviews;

/// <summary>Link previews, section <c>Caas:LinkPreviews</c>.</summary>
public sealed class LinkPreviewOptions
{
    public const string Section = "Caas:LinkPreviews";

    /// <summary>Whether links are looked at, where the tenant's settings do not forbid it. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How many links of a message, the first ones. Default 3.</summary>
    [Range(1, 10)]
    public int MaxLinks { get; init; } = 3;

    /// <summary>How long one link may take, redirects included. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much of a page is read, in bytes; its head must lie in it. Default 512 KiB.</summary>
    [Range(1024, 8 * 1024 * 1024)]
    public int MaxBytes { get; init; } = 512 * 1024;

    /// <summary>How many redirects are followed. Default 4.</summary>
    [Range(0, 20)]
    public int Redirects { get; init; } = 4;

    /// <summary>How many messages are looked at side by side in a process. Default 4.</summary>
    [Range(1, 64)]
    public int Parallelism { get; init; } = 4;

    /// <summary>How many messages may wait in a process, half of them of one tenant, a tenth of one writer; those beyond get no previews. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int Waiting { get; init; } = 1_000;
}

[OptionsValidator]
internal sealed partial class LinkPreviewOptionsValidator : IValidateOptions<LinkPreviewOptions>;
