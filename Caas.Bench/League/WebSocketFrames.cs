using System.Buffers.Binary;

namespace Caas.Bench.League;

/// <summary>The little of WebSocket (RFC 6455, section 5.2) that a client needs which only looks for one thing: the heads of a server's frames, and frames of its own.</summary>
internal static class WebSocketFrames
{
    public const int Text = 1;
    public const int Close = 8;

    /// <summary>The longest head of a client's frame: two bytes, a length of eight, a mask of four.</summary>
    public const int MostHead = 14;

    private const int Final = 0x80;
    private const int Masked = 0x80;
    private const int LengthOf16Bits = 126;
    private const int LengthOf64Bits = 127;

    /// <summary>Reads the head of a frame.</summary>
    /// <returns>False: more of it is to come, and nothing is told.</returns>
    /// <exception cref="BenchException">A server masks nothing.</exception>
    public static bool TryReadHead(ReadOnlySpan<byte> input, out int opcode, out int head, out long length)
    {
        (opcode, head, length) = (0, 2, 0);
        if (input.Length < head)
        {
            return false;
        }

        if ((input[1] & Masked) != 0)
        {
            throw new BenchException("A server sent a masked frame.");
        }

        opcode = input[0] & 0x0f;
        head = input[1] switch { LengthOf16Bits => 4, LengthOf64Bits => 10, _ => 2 };
        if (input.Length < head)
        {
            return false;
        }

        length = head switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(input[2..]),
            10 => BinaryPrimitives.ReadInt64BigEndian(input[2..]),
            _ => input[1],
        };
        return true;
    }

    /// <summary>Writes a text frame. Its mask is 0, so that the payload stands as it is: no proxy that a mask protects is between us.</summary>
    /// <returns>How many bytes it has.</returns>
    public static int Write(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        output[0] = Final | Text;
        int head;
        if (payload.Length < LengthOf16Bits)
        {
            output[1] = (byte)(Masked | payload.Length);
            head = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            output[1] = Masked | LengthOf16Bits;
            BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)payload.Length);
            head = 4;
        }
        else
        {
            output[1] = Masked | LengthOf64Bits;
            BinaryPrimitives.WriteInt64BigEndian(output[2..], payload.Length);
            head = 10;
        }

        output.Slice(head, 4).Clear();
        payload.CopyTo(output[(head + 4)..]);
        return head + 4 + payload.Length;
    }
}
