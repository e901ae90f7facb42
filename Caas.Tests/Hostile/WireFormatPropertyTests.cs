using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Realtime.Delivery;
using CsCheck;
using MessagePack;
using Xunit;
using static Caas.Tests.Hostile.OddInput;

namespace Caas.Tests.Hostile;

/// <summary>What holds of the hub's wire formats, for any input: what was written comes back, and any other bytes are refused.</summary>
public sealed class WireFormatPropertyTests
{
    private const int Tries = 3_000;

    [Fact]
    public void JSON_comes_back_from_MessagePack_as_it_went() => Json.Sample(
        json =>
        {
            using var before = JsonDocument.Parse(json);
            using var after = JsonDocument.Parse(FromPack(ToPack(Encoding.UTF8.GetBytes(json))));
            return JsonElement.DeepEquals(before.RootElement, after.RootElement);
        },
        iter: Tries);

    [Fact]
    public void Any_bytes_are_MessagePack_or_refused() => Gen.OneOf(Gen.Byte.Array, Json.Select(json => ToPack(Encoding.UTF8.GetBytes(json))).Select(Gen.Int[0, 50], Gen.Byte, Damaged)).Sample(
        bytes =>
        {
            try
            {
                using var json = JsonDocument.Parse(FromPack(bytes));
                return true;
            }
            catch (Exception refused) when (refused is MessagePackSerializationException or EndOfStreamException)
            {
                return true;
            }
        },
        iter: Tries);

    [Fact]
    public void An_entry_on_a_channel_is_read_as_it_was_written_and_any_other_bytes_are_none() => Gen.Select(Gen.Long[1, long.MaxValue], Odd, Json, Gen.Int[0, 400], Gen.Byte).Sample(
        (seq, text, json, at, other) =>
        {
            var entry = new EntryResponse("room", seq, EntryTypes.MemberRemoved, "alice", DateTimeOffset.UnixEpoch, WellFormed(text), Data: JsonSerializer.Deserialize<JsonElement>(json));
            var live = LiveEntry.From(entry);
            var back = LiveEntry.TryParse(live.Json);
            var damaged = LiveEntry.TryParse(Damaged(live.Json.ToArray(), at, other));
            return back is not null && back.Seq == seq && back.At == entry.At && back.Departed.SequenceEqual(live.Departed) && back.Json.Span.SequenceEqual(live.Json.Span)
                && damaged is not { Seq: <= 0 } && LiveEntry.TryParse(Encoding.UTF8.GetBytes(text)) is null && LiveEntry.TryParse(Encoding.UTF8.GetBytes(json)) is null;
        },
        iter: Tries);
}
