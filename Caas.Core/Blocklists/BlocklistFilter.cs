using System.Runtime.CompilerServices;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Moderation;
using Caas.Core.Tenants;

namespace Caas.Core.Blocklists;

/// <summary>Holds what users write against their tenant's blocklist.</summary>
public sealed class BlocklistFilter(TenantDirectory tenants, ModerationMetrics metrics)
{
    /// <summary>Made once for a blocklist, for as long as its tenant is cached.</summary>
    private readonly ConditionalWeakTable<Blocklist, BlocklistMatcher> _matchers = [];

    /// <summary>What may be stored of the texts, in their order: as they are, or masked.</summary>
    /// <exception cref="RefusedException"><c>content_blocked</c>.</exception>
    public async ValueTask<IReadOnlyList<string?>> ApplyAsync(Caller caller, IReadOnlyList<string?> texts, CancellationToken cancellationToken)
    {
        if (caller.User is null || await tenants.FindAsync(caller.Tenant, cancellationToken) is not { Blocklist: { IsEmpty: false } blocklist })
        {
            return texts;
        }

        var matcher = _matchers.GetValue(blocklist, static blocklist => new(blocklist));
        var result = texts.ToArray();
        for (var i = 0; i < result.Length; i++)
        {
            if (result[i] is { } text && matcher.Find(text, metrics.PatternTimedOut) is { Count: > 0 } found)
            {
                if (blocklist.Action == BlocklistAction.Refuse)
                {
                    metrics.Refused(Refusal.ContentBlocked);
                    throw Refusal.ContentBlocked.AsException();
                }

                metrics.Masked();
                result[i] = BlocklistMatcher.Mask(text, found);
            }
        }

        return result;
    }
}
