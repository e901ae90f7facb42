using System.Text;
using System.Text.Json;

namespace Caas.Tests.Hostile;

/// <summary>What the hub answers, taken apart by hand in both protocols.</summary>
internal static class HubFrames
{
    /// <summary>The messages of one frame: whose answer each is (null: nobody's), and with which error.</summary>
    public static IEnumerable<(string? Id, string? Error, string Text)> Read(string protocol, byte[] received) => protocol == "messagepack" ? Unpacked(received) : Parsed(received);

    private static IEnumerable<(string? Id, string? Error, string Text)> Parsed(byte[] received)
    {
        foreach (var text in Encoding.UTF8.GetString(received).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
        {
            var json = JsonSerializer.Deserialize<JsonElement>(text);
            var isCompletion = json.TryGetProperty("type", out var type) && type.GetInt32() == 3;
            yield return (isCompletion ? json.GetProperty("invocationId").GetString() : null, json.TryGetProperty("error", out var error) ? error.GetString() : null, text);
        }
    }

    private static List<(string? Id, string? Error, string Text)> Unpacked(byte[] received)
    {
        var found = new List<(string?, string?, string)>();
        for (var at = 0; at < received.Length;)
        {
            var (length, shift) = (0, 0);
            byte next;
            do
            {
                next = received[at++];
                length |= (next & 0x7f) << shift;
                shift += 7;
            }
            while ((next & 0x80) != 0);

            var text = Encoding.UTF8.GetString(OddInput.FromPack(received[at..(at + length)]));
            at += length;
            var json = JsonSerializer.Deserialize<JsonElement>(text);
            var (isCompletion, isClose) = (json[0].GetInt32() == 3, json[0].GetInt32() == 7);
            found.Add((isCompletion ? json[2].GetString() : null, isCompletion && json[3].GetInt32() == 1 ? json[4].GetString() : isClose ? json[1].GetString() : null, text));
        }

        return found;
    }

    /// <summary>With its length in front, as MessagePack messages travel.</summary>
    public static byte[] Prefixed(byte[] message)
    {
        var prefix = new List<byte>();
        var rest = message.Length;
        do
        {
            prefix.Add((byte)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
            rest >>= 7;
        }
        while (rest > 0);

        return [.. prefix, .. message];
    }
}
