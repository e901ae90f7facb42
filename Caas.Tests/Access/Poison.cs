using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Caas.Tests.Access;

/// <summary>What only the server may say, said by a client: names that it gives fields anywhere, with values that can be found again.</summary>
internal static class Poison
{
    public const string Text = "poison-9f3a";
    private const int Number = 918_273_645;
    private const string Time = "1987-06-05T04:03:02Z";

    private static readonly string[] Texts =
    [
        "id", "sender", "senderId", "actor", "actorId", "userId", "fromUserId", "startedBy", "createdBy", "tenant", "tenantId", "tid", "conversationId", "messageId", "callId", "connection", "replica", "key", "secret", "secretHash", "hash", "contentHash", "role", "state", "type", "kid", "log", "kind", "$type", "threadOf", "me", "family",
    ];

    private static readonly string[] Numbers = ["seq", "rev", "lastSeq", "messageNo", "target", "memberCount", "replyCount", "unread", "joinedSeq", "readSeq", "version"];

    private static readonly string[] Times = ["at", "createdAt", "updatedAt", "editedAt", "deletedAt", "joinedAt", "pinnedAt", "lastActivityAt", "lastUsedAt", "lastSeenAt", "revokedAt", "deactivatedAt", "issuedAt", "startedAt", "answeredAt"];

    /// <summary>The JSON with all of that in every object but those that are the client's own affair; what the request itself has is left as it is.</summary>
    /// <param name="own">The fields of the request's types.</param>
    public static string Into(string json, IReadOnlyCollection<string> own)
    {
        var root = JsonNode.Parse(json)!;
        foreach (var target in Objects(root).ToList())
        {
            foreach (var (name, value) in Texts.Select(name => (name, (JsonNode)Text)).Concat(Numbers.Select(name => (name, (JsonNode)Number))).Concat(Times.Select(name => (name, (JsonNode)Time))))
            {
                if (!own.Contains(name) && !target.ContainsKey(name))
                {
                    target[name] = value.DeepClone();
                }
            }
        }

        return root.ToJsonString();
    }

    /// <summary>Whether a text holds any of it.</summary>
    public static bool IsIn(string text) => text.Contains(Text, StringComparison.Ordinal) || text.Contains(Time[..10], StringComparison.Ordinal) || text.Contains(Number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>The files themselves are searched once nobody has them open: whatever table it would stand in. Numbers stand there as big-endian integers, times as text.</summary>
    public static void MustNotBeStored(TwoTenants world)
    {
        world.MustNotBeStored(Text, Encoding.UTF8.GetBytes(Text));
        world.MustNotBeStored(Time, Encoding.UTF8.GetBytes(Time[..10]));
        world.MustNotBeStored("the number", [0x36, 0xBB, 0x9A, 0x2D]);
        world.MustNotBeStored("the number as text", Encoding.UTF8.GetBytes($"{Number}"));
    }

    /// <summary>The outermost objects, and those in their lists.</summary>
    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonArray list => list.SelectMany(Objects),
        JsonObject one => one.Where(field => field.Value is JsonArray).SelectMany(field => Objects(field.Value)).Append(one),
        _ => [],
    };
}
