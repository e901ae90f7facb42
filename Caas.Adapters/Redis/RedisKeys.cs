using Caas.Core.Entries;
using StackExchange.Redis;

namespace Caas.Adapters.Redis;

/// <summary>Every key and channel that we have in Redis: parts joined by <c>/</c>, the tenant first behind our prefix.</summary>
internal static class RedisKeys
{
    private const string Prefix = "caas/";

    public static readonly RedisKey Replicas = Prefix + "replicas";

    public static readonly RedisChannel Revocations = RedisChannel.Literal(Prefix + "revocations");

    public static RedisChannel Entries(LogId log) => RedisChannel.Literal($"{Prefix}entries/{log.Tenant.Value}/{log.Name}");

    public static RedisKey Typing(LogId log) => Prefix + "typing/" + log;

    public static RedisKey Watching(LogId log) => Prefix + "watching/" + log;

    /// <summary>Stands while what a replica said of who watches is kept.</summary>
    public static RedisKey WatchingOf(string replica) => Prefix + "watching-of/" + replica;

    /// <summary>Where all keys of presence begin.</summary>
    public static readonly RedisKey Presence = Prefix + "presence/";

    /// <summary>Where all keys of calls begin.</summary>
    public static readonly RedisKey Calls = Prefix + "calls/";

    public static RedisKey Bucket(string bucket) => Prefix + "bucket/" + bucket;

    public static RedisKey RateLimit(string bucket) => Prefix + "rate/" + bucket;
}
