using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Messages;

namespace Caas.Core.Custom;

/// <summary>
/// What a PATCH says about custom data: nothing, that it goes, or how it changes (RFC 7396). Entries keep the change and not what came of it, and folds apply it in the log's order:
/// so of two at once neither undoes the other's keys.
/// </summary>
internal readonly record struct CustomPatch
{
    /// <summary>Bytes of JSON: enough to replace all of one by all of another. What it makes is held to the limits of custom data.</summary>
    public const int MaxPatch = 4 * MessageRules.MaxCustom;

    private CustomPatch(bool clears, JsonElement? merge) => (Clears, Merge) = (clears, merge);

    /// <summary>Whether the data is removed as a whole.</summary>
    public bool Clears { get; }

    /// <summary>What is merged into it; null: nothing.</summary>
    public JsonElement? Merge { get; }

    public bool IsSet => Clears || Merge is not null;

    /// <param name="field">As it was sent; what is kept does not die with the request's buffer.</param>
    public static CustomPatch Of(Optional<JsonElement> field) =>
        !field.IsSet ? default
        : field.Value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? new(clears: true, null)
        : new(clears: false, field.Value.Clone());

    /// <summary>Whether the patch is one at all; what it makes is judged where that is known, by <see cref="MessageRules.Custom"/>.</summary>
    public Validation Check(Validation validation, string field = "custom") =>
        Merge is not { } merge ? validation : validation
            .Check(merge.ValueKind == JsonValueKind.Object, field, "must be a JSON object")
            .Check(Encoding.UTF8.GetByteCount(merge.GetRawText()) <= MaxPatch, field, $"must be at most {MaxPatch} bytes to say what changes");

    /// <summary>The data after the patch.</summary>
    public JsonElement? ApplyTo(JsonElement? custom) => Clears ? null : Merge is { } merge ? MergePatch.Apply(custom, merge) : custom;
}
