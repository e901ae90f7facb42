using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.BeforeSend;

/// <summary>How hooks are asked before messages are stored, section <c>Caas:BeforeSend</c>. Whether they may lie in private networks says <c>Caas:Webhooks:AllowPrivateAddresses</c>.</summary>
public sealed class BeforeSendOptions
{
    public const string Section = "Caas:BeforeSend";

    /// <summary>The longest that a message waits for its hook, all in all; a tenant may say less. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many messages of one tenant are with its hook at a time, in one process. Default 64.</summary>
    [Range(1, 10_000)]
    public int MaxInFlight { get; init; } = 64;

    /// <summary>How many more of them wait until it is their turn. Default 256.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; init; } = 256;

    /// <summary>After so many failures one behind the other that cost time, the hook is left alone for a while. Default 5.</summary>
    [Range(1, 1_000)]
    public int Patience { get; init; } = 5;

    /// <summary>How long it is left alone first; then one message tries it, and where that fails the pause doubles, up to <see cref="MaxPause"/>. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest answer, in bytes; a longer one counts as none. Default 256 KiB.</summary>
    [Range(64, 16 * 1024 * 1024)]
    public int MaxAnswerBytes { get; init; } = 256 * 1024;
}

[OptionsValidator]
internal sealed partial class BeforeSendOptionsValidator : IValidateOptions<BeforeSendOptions>;
