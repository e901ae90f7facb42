using System.Text;
using Caas.Bench.League;
using Xunit;

namespace Caas.Tests.Bench.League;

/// <summary>The league's light client reads what a hub sends, however the network cuts it.</summary>
public sealed class HubStreamTests
{
    private const int Ping = 9;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public void Messages_come_whole_however_the_bytes_are_cut(int piece)
    {
        var (small, medium, large) = (Text('a', 10), Text('b', 1_000), Text('c', 70_000));
        byte[] bytes =
        [
            .. Frame(WebSocketFrames.Text, $"{small}\u001e"),
            .. Frame(WebSocketFrames.Text, $"{medium}\u001e{small}\u001e"),
            .. Frame(Ping, "never\u001eseen"),
            .. Frame(WebSocketFrames.Text, large[..40_000], final: false),
            .. Frame(0, $"{large[40_000..]}\u001e{small[..3]}"),
            .. Frame(WebSocketFrames.Text, $"{small[3..]}\u001e"),
        ];
        var (stream, messages) = (new HubStream(), new List<string>());
        foreach (var part in bytes.Chunk(piece))
        {
            stream.Read(part, message => messages.Add(Encoding.UTF8.GetString(message)));
        }

        Assert.Equal([small, medium, small, large, small], messages);
        Assert.False(stream.Closed);
    }

    [Fact]
    public void A_farewell_is_noticed()
    {
        var stream = new HubStream();
        stream.Read(Frame(WebSocketFrames.Close, ""), _ => { });
        Assert.True(stream.Closed);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300)]
    [InlineData(70_000)]
    public void What_a_client_writes_is_masked_and_can_be_read(int length)
    {
        var payload = Encoding.UTF8.GetBytes(Text('x', length));
        var frame = new byte[length + WebSocketFrames.MostHead];
        var written = WebSocketFrames.Write(payload, frame);
        Assert.NotEqual(0, frame[1] & 0x80);
        Assert.Equal(payload, frame[(written - length)..written]);

        frame[1] &= 0x7f; // as a server's, whose head has no mask
        Assert.True(WebSocketFrames.TryReadHead(frame, out var opcode, out var head, out var read));
        Assert.Equal((WebSocketFrames.Text, written - length - 4, (long)length), (opcode, head, read));
    }

    private static string Text(char letter, int length) => new(letter, length);

    private static byte[] Frame(int opcode, string text, bool final = true)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        byte first = (byte)((final ? 0x80 : 0) | opcode);
        byte[] length = payload.Length switch
        {
            < 126 => [(byte)payload.Length],
            <= ushort.MaxValue => [126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        return [first, .. length, .. payload];
    }
}
