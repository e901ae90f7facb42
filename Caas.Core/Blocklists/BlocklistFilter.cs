using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Moderation;
using Caas.Core.Tenants;

namespace Caas.Core.Blocklists;

/// <summary>Holds what users write against their tenant's blocklist.</summary>
public sealed class BlocklistFilter(TenantDirectory tenants, ModerationMetrics metrics, TimeProvider clock)
{
    /// <summary>For all patterns and all texts of one call.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(1);

    /// <summary>Made once for a blocklist, for as long as its tenant is cached.</summary>
    private readonly ConditionalWeakTable<Blocklist, BlocklistMatcher> _matchers = [];

    /// <summary>Each tenant's last one: a tenant that is read anew mostly has the same blocklist.</summary>
    private readonly ConcurrentDictionary<TenantId, BlocklistMatcher> _last = new();

    /// <summary>What may be stored of the texts, in their order: as they are, or masked.</summary>
    /// <exception cref="RefusedException"><c>content_blocked</c>.</exception>
    public async ValueTask<IReadOnlyList<string?>> ApplyAsync(Caller caller, IReadOnlyList<string?> texts, CancellationToken cancellationToken)
    {
        if (caller.User is null || await tenants.FindAsync(caller.Tenant, cancellationToken) is not { Blocklist: { IsEmpty: false } blocklist })
        {
            return texts;
        }

        var matcher = _matchers.GetValue(blocklist, fresh => _last.AddOrUpdate(caller.Tenant, _ => new(fresh), (_, known) => known.IsOf(fresh) ? known : new(fresh)));
        var budget = new PatternBudget(clock, Most);
        var result = texts.ToArray();
        for (var i = 0; i < result.Length; i++)
        {
            if (result[i] is { } text && matcher.Find(text, budget) is { Count: > 0 } found)
            {
                if (blocklist.Action == BlocklistAction.Refuse)
                {
                    throw Refused(Refusal.ContentBlocked.Title);
                }

                metrics.Masked();
                result[i] = BlocklistMatcher.Mask(text, found);
            }
        }

        if (budget.IsExceeded)
        {
            metrics.PatternTimedOut();
            if (blocklist.Action == BlocklistAction.Refuse)
            {
                throw Refused("It could not be looked through in time: make it shorter, or try again.");
            }
        }

        return result;
    }

    private RefusedException Refused(string detail)
    {
        metrics.Refused(Refusal.ContentBlocked);
        return Refusal.ContentBlocked.With(detail);
    }
}
