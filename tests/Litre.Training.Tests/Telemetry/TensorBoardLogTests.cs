using System.Text;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Telemetry;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    // Of RFC 3720's polynomial; the tests' own, by which the file is checked
    public void Crc_KnownText_HasItsPublishedChecksum() => Assert.Equal(0xE3069283u, Crc("123456789"u8));

    [Fact]
    public void File_Run_HoldsEveryScalar()
    {
        using (var log = new TensorBoardLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 1, 3);
        var events = Read(Assert.Single(Directory.GetFiles(_folder, "events.out.tfevents.*")));
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.All(events, e => Assert.Equal(1772368215.25, e.WallTime, 6));
        Assert.Equal(
            [
                "0 validation/loss 3.25",
                "1 train/loss 2.5",
                "1 train/grad_norm 0.75",
                "1 train/learning_rate 0.0001",
                "1 train/tokens_per_second 1780",
                "2 train/loss 1.25",
                "2 train/grad_norm 0.75",
                "2 train/learning_rate 0.0001",
                "2 train/tokens_per_second 1780",
                "2 validation/loss 1.5",
                "3 train/loss 0.8333333",
                "3 train/grad_norm 0.75",
                "3 train/learning_rate 0.0001",
                "3 train/tokens_per_second 1780",
            ],
            events.SelectMany(e => e.Values.Select(value => FormattableString.Invariant($"{e.Step} {value.Tag} {value.Value}")))
        );
    }

    [Fact]
    public void File_ResumedRun_VoidsLaterStepsOfTheFirst()
    {
        using (var log = new TensorBoardLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 1, 5, null);
        using (var log = new TensorBoardLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 4, 6);
        var files = Directory.GetFiles(_folder).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        var second = Read(files[1]);
        Assert.Equal((4, true), (second[1].Step, second[1].Restart));
        Assert.Equal([4, 5, 6], second.SelectMany(e => e.Values.Where(value => value.Tag == "train/loss").Select(_ => e.Step)));
    }

    [Fact]
    public void File_LargeStepsAndOddNumbers_Survive()
    {
        using (var log = new TensorBoardLog(_folder))
        {
            log.OnStart(TuneEvents.Start());
            log.OnStep(TuneEvents.Step(1) with { Step = 300_000_000, Loss = double.NaN });
            log.OnValidation(new ValidationRecord(128, 1e-30, false, 1));
        }
        var events = Read(Assert.Single(Directory.GetFiles(_folder)));
        Assert.Equal(300_000_000, events[2].Step);
        Assert.True(float.IsNaN(events[2].Values[0].Value));
        Assert.Equal((128, 1e-30f), (events[3].Step, events[3].Values[0].Value));
    }

    private sealed record Entry(double WallTime, int Step, string? FileVersion, bool Restart, List<(string Tag, float Value)> Values);

    /// <summary>Reads a file by the formats' descriptions alone; every checksum is checked.</summary>
    private static List<Entry> Read(string path)
    {
        var entries = new List<Entry>();
        using var reader = new BinaryReader(File.OpenRead(path));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var head = reader.ReadBytes(8);
            Assert.Equal(Masked(head), reader.ReadUInt32());
            var data = reader.ReadBytes((int)BitConverter.ToUInt64(head));
            Assert.Equal(Masked(data), reader.ReadUInt32());
            var fields = Fields(data);
            var values = fields
                .Where(field => field.Number == 5)
                .SelectMany(summary => Fields(summary.Bytes))
                .Select(value => Fields(value.Bytes))
                .Select(value => (Encoding.UTF8.GetString(value[0].Bytes), BitConverter.ToSingle(value[1].Bytes)))
                .ToList();
            entries.Add(
                new Entry(
                    BitConverter.ToDouble(fields.Single(field => field.Number == 1).Bytes),
                    (int)fields.Single(field => field.Number == 2).Varint,
                    fields.Where(field => field.Number == 3).Select(field => Encoding.UTF8.GetString(field.Bytes)).SingleOrDefault(),
                    fields
                        .Where(field => field.Number == 7)
                        .SelectMany(log => Fields(log.Bytes))
                        .Any(field => field is { Number: 1, Varint: 1 }),
                    values
                )
            );
        }
        return entries;
    }

    private static List<(int Number, ulong Varint, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (var at = 0; at < message.Length; )
        {
            var key = Varint(message, ref at);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add((number, Varint(message, ref at), []));
                    break;
                case 1:
                    fields.Add((number, 0, message[at..(at += 8)]));
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    fields.Add((number, 0, message[at..(at += length)]));
                    break;
                case 5:
                    fields.Add((number, 0, message[at..(at += 4)]));
                    break;
                default:
                    Assert.Fail($"wire type {key & 7}");
                    break;
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
                return value;
        }
    }

    private static uint Masked(byte[] data)
    {
        var crc = Crc(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = ~0u;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }
        return ~crc;
    }
}
