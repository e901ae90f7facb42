using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Core.Entries;
using Caas.Core.Mentions;
using Caas.Core.Messages;

namespace Caas.Core.Erasure;

/// <summary>
/// Puts a pseudonym in place of a user's id in JSON that the platform wrote: in the fields that name users, whatever type they belong to, and where a text mentions the user. What others put into
/// <c>custom</c>, names and texts besides is theirs.
/// </summary>
internal sealed class Pseudonyms(string user, string pseudonym)
{
    private const string ByUser = "user:";
    private const string By = "by";
    private const string IpAddress = "ipAddress";

    /// <summary>Fields that name users, beside all that end with <c>userId</c> or <c>userIds</c>.</summary>
    private static readonly HashSet<string> OfUsers = new(StringComparer.Ordinal) { "by", "mentions", "textMentions", "participantIds", "memberIds", "senderId", "actorId", "ownerId", "createdBy", "startedBy" };

    /// <summary>What is others' own, whatever it holds.</summary>
    private static readonly HashSet<string> Free = new(StringComparer.Ordinal) { "custom", "customPatch" };

    /// <summary>Letters stay letters.</summary>
    private static readonly JsonSerializerOptions AsStored = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>Null: it does not name the user.</returns>
    public JsonElement? Rewrite(JsonElement? data) => data is { } given && Rewrite(given.GetRawText()) is { } rewritten ? JsonElement.Parse(rewritten) : null;

    /// <inheritdoc cref="Rewrite(JsonElement?)"/>
    public MessageState? Rewrite(MessageState state) =>
        Rewrite(JsonSerializer.Serialize(state, Json.CoreJsonContext.Default.MessageState)) is { } rewritten ? JsonSerializer.Deserialize(rewritten, Json.CoreJsonContext.Default.MessageState) : null;

    /// <inheritdoc cref="Rewrite(JsonElement?)"/>
    public string? Rewrite(string json) => json.Contains(user, StringComparison.Ordinal) && JsonNode.Parse(json) is { } root && Walk(root) ? root.ToJsonString(AsStored) : null;

    /// <summary>Whether an entry is the user's or names the user, also where the pseudonym stands already.</summary>
    public bool Concern(Entry entry) => entry.ActorId == user || entry.ActorId == pseudonym || Concern(entry.Data?.GetRawText())
        || (entry.Message is { } state && Concern(JsonSerializer.Serialize(state, Json.CoreJsonContext.Default.MessageState)));

    /// <summary>A client id that the platform made of the user's.</summary>
    public bool IsNamedBy(string clientMessageId) => clientMessageId.StartsWith('$') && clientMessageId.EndsWith($":{user}", StringComparison.Ordinal);

    private bool Concern(string? json) => json is not null && (json.Contains(pseudonym, StringComparison.Ordinal) || Rewrite(json) is not null);

    private bool Walk(JsonNode? node) => node switch
    {
        JsonObject fields => Walk(fields),
        JsonArray items => items.Aggregate(false, (changed, item) => Walk(item) || changed),
        _ => false,
    };

    private bool Walk(JsonObject fields)
    {
        var changed = Mark(fields);
        foreach (var (name, value) in fields.Where(field => !Free.Contains(field.Key)).ToArray())
        {
            if (value is JsonArray items && Names(name))
            {
                for (var i = 0; i < items.Count; i++)
                {
                    if (Replacement(items[i]) is { } inPlace)
                    {
                        items[i] = inPlace;
                        changed = true;
                    }
                }
            }
            else if (value is JsonValue && Names(name) && Replacement(value) is { } inPlace)
            {
                fields[name] = inPlace;
                changed = true;
                if (name == By && fields.ContainsKey(IpAddress))
                {
                    // Where the user called from is the user's too.
                    fields[IpAddress] = null;
                }
            }
            else
            {
                changed |= Walk(value);
            }
        }

        return changed;
    }

    /// <summary>The text that mentions the user, before the field beside it that says so is changed.</summary>
    private bool Mark(JsonObject fields)
    {
        if (fields["text"] is not JsonValue value || !value.TryGetValue(out string? text) || !text.Contains("@" + user, StringComparison.Ordinal))
        {
            return false;
        }

        var others = (fields["textMentions"] as JsonArray)?.Select(mention => mention?.GetValue<string>()).Where(mention => mention != user).ToHashSet() ?? [];
        var marked = MentionMarkers.Replace(text, candidates => candidates.FirstOrDefault(candidate => candidate == user || others.Contains(candidate)) == user ? user : null, pseudonym);
        fields["text"] = marked;
        return marked != text;
    }

    private static bool Names(string field) => OfUsers.Contains(field) || field.EndsWith("userId", StringComparison.OrdinalIgnoreCase) || field.EndsWith("userIds", StringComparison.OrdinalIgnoreCase);

    private string? Replacement(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text == user ? pseudonym : text == ByUser + user ? ByUser + pseudonym : null : null;
}
