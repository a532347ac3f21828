using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Litre.Training.Telemetry;

/// <summary>
/// The bytes of a TensorBoard event file: protocol buffers of tensorflow/core/util/event.proto, each framed as a TFRecord
/// (tensorflow/core/lib/io/record_writer.h). Four kinds of events need no schema compiler.
/// </summary>
internal static class EventFile
{
    private const uint CrcMaskDelta = 0xa282ead8;

    private enum Wire
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>The first event of every file.</summary>
    public static byte[] Version(double wallTime) => Frame(Event(wallTime, 0, body => Text(body, 3, "brain.Event:2")));

    /// <summary>The event that invalidates events of this and later steps in older files.</summary>
    public static byte[] Restart(double wallTime, int step) =>
        Frame(Event(wallTime, step, body => Message(body, 7, log => Varint(log, 1, 1))));

    /// <summary>Values of one step.</summary>
    public static byte[] Scalars(double wallTime, int step, IEnumerable<(string Tag, double Value)> values) =>
        Frame(
            Event(
                wallTime,
                step,
                body =>
                    Message(
                        body,
                        5,
                        summary =>
                        {
                            foreach (var (tag, value) in values)
                            {
                                Message(
                                    summary,
                                    1,
                                    entry =>
                                    {
                                        Text(entry, 1, tag);
                                        Key(entry, 2, Wire.Fixed32);
                                        Span<byte> bits = stackalloc byte[4];
                                        BinaryPrimitives.WriteSingleLittleEndian(bits, (float)value);
                                        entry.Write(bits);
                                    }
                                );
                            }
                        }
                    )
            )
        );

    /// <summary>CRC-32C, rotated and shifted as TFRecord does so that a checksum of checksummed data stays strong.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + CrcMaskDelta;
    }

    // length u64, its checksum u32, data, its checksum u32; all little-endian
    private static byte[] Frame(byte[] data)
    {
        var record = new byte[8 + 4 + data.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedCrc(data));
        return record;
    }

    private static byte[] Event(double wallTime, int step, Action<MemoryStream> content)
    {
        var body = new MemoryStream();
        Key(body, 1, Wire.Fixed64);
        Span<byte> bits = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bits, wallTime);
        body.Write(bits);
        Varint(body, 2, (ulong)step);
        content(body);
        return body.ToArray();
    }

    private static void Message(MemoryStream target, int field, Action<MemoryStream> content)
    {
        var inner = new MemoryStream();
        content(inner);
        Bytes(target, field, inner.ToArray());
    }

    private static void Text(MemoryStream target, int field, string text) => Bytes(target, field, Encoding.UTF8.GetBytes(text));

    private static void Bytes(MemoryStream target, int field, ReadOnlySpan<byte> content)
    {
        Key(target, field, Wire.Bytes);
        Base128(target, (ulong)content.Length);
        target.Write(content);
    }

    private static void Varint(MemoryStream target, int field, ulong value)
    {
        Key(target, field, Wire.Varint);
        Base128(target, value);
    }

    private static void Key(MemoryStream target, int field, Wire wire) => Base128(target, (ulong)(field << 3 | (int)wire));

    private static void Base128(MemoryStream target, ulong value)
    {
        for (; value > 127; value >>= 7)
            target.WriteByte((byte)(value & 127 | 128));
        target.WriteByte((byte)value);
    }
}
