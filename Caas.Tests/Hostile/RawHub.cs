using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Caas.Tests.Hostile;

/// <summary>A WebSocket to the hub on a bare socket: frames are made by hand, so that they can be wrong.</summary>
internal sealed class RawHub : IDisposable
{
    public const byte TextFrame = 0x81;
    public const byte BinaryFrame = 0x82;
    private const byte CloseFrame = 0x88;
    private const byte PingFrame = 0x89;

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;

    private RawHub(TcpClient tcp) => (_tcp, _stream) = (tcp, tcp.GetStream());

    /// <summary>Connects and upgrades; no handshake of the hub yet.</summary>
    public static async Task<RawHub> ConnectAsync(int port, string token, CancellationToken cancellationToken)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync("127.0.0.1", port, cancellationToken);
        var hub = new RawHub(tcp);
        await hub.SendRawAsync(Encoding.ASCII.GetBytes($"GET /realtime HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), cancellationToken);
        var answer = await RawHttp.ReadAsync(hub._stream, cancellationToken) ?? throw new IOException("The upgrade was not answered.");
        answer.Expect(101);
        return hub;
    }

    /// <summary>With the hub's handshake done.</summary>
    public static async Task<RawHub> OpenAsync(int port, string token, string protocol, CancellationToken cancellationToken)
    {
        var hub = await ConnectAsync(port, token, cancellationToken);
        await hub.SendAsync(TextFrame, Encoding.UTF8.GetBytes($"{{\"protocol\":\"{protocol}\",\"version\":1}}\u001e"), cancellationToken);
        var answer = Encoding.UTF8.GetString(await hub.ReceiveAsync(cancellationToken) ?? []);
        return answer == "{}\u001e" ? hub : throw new IOException($"The handshake was answered with {answer}.");
    }

    /// <summary>One whole frame, masked as clients have to.</summary>
    public Task SendAsync(byte head, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) => SendRawAsync(Frame(head, payload.Span), cancellationToken);

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException)
        {
            // It is closed; reading tells.
        }
    }

    /// <summary>No more will be sent.</summary>
    public void Finish() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>The next text or binary message. Null: the connection has ended.</summary>
    public async Task<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var message = new List<byte>();
            while (true)
            {
                var (head, payload) = await ReadFrameAsync(cancellationToken);
                switch (head | 0x80)
                {
                    case CloseFrame:
                        return null;
                    case PingFrame:
                    case PingFrame + 1:
                        continue;
                }

                message.AddRange(payload);
                if ((head & 0x80) != 0)
                {
                    return [.. message];
                }
            }
        }
        catch (Exception ended) when (ended is IOException or EndOfStreamException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _tcp.Dispose();
    }

    public static byte[] Frame(byte head, ReadOnlySpan<byte> payload)
    {
        byte[] mask = [1, 2, 3, 4];
        var frame = new List<byte> { head };
        Span<byte> length = stackalloc byte[8];
        if (payload.Length < 126)
        {
            frame.Add((byte)(0x80 | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame.Add(0x80 | 126);
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            frame.AddRange(length[..2]);
        }
        else
        {
            frame.Add(0x80 | 127);
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            frame.AddRange(length);
        }

        frame.AddRange(mask);
        for (var i = 0; i < payload.Length; i++)
        {
            frame.Add((byte)(payload[i] ^ mask[i % 4]));
        }

        return [.. frame];
    }

    private async Task<(int Head, byte[] Payload)> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var two = new byte[2];
        await _stream.ReadExactlyAsync(two, cancellationToken);
        long length = two[1] & 0x7f;
        if (length >= 126)
        {
            var more = new byte[length == 126 ? 2 : 8];
            await _stream.ReadExactlyAsync(more, cancellationToken);
            length = more.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(more) : BinaryPrimitives.ReadInt64BigEndian(more);
        }

        var payload = new byte[length];
        await _stream.ReadExactlyAsync(payload, cancellationToken);
        return (two[0], payload);
    }
}
