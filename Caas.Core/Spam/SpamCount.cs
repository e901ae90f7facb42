namespace Caas.Core.Spam;

/// <summary>As what one message was counted.</summary>
public sealed class SpamCount
{
    internal List<string> Buckets { get; } = [];
}
