using System.Text;
using Litre.Core;
using Litre.Data.Formats;
using Shared;

namespace Litre.Data.Tests.Formats;

/// <summary>Whatever bytes a data file holds, reading gives rows, listed rows, or one line.</summary>
public sealed class MalformedDataTests
{
    private static readonly string[] Seeds =
    [
        """[{"image": "a.png", "conversations": [{"from": "human", "value": "<image>q"}, {"from": "gpt", "value": "a"}]}, """
            + """{"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}, {"role": "assistant", "content": "y"}]}]""",
        "{\"question\": \"q\", \"answer\": [\"a\", \"b\"], \"choices\": [\"a\", \"b\"], \"image\": {\"path\": \"x\", "
            + "\"bytes\": \"AAAA\"}}\n{\"question\": \"q\", \"answer\": 1}\n",
        "question,answer,image\n\"a\"\"b\",c,d.png\nx,y,\n",
        """[{"question": "q", "choices": "['a', 'b']", "answer": "0", "question_type": "t", "question_id": 3,"""
            + """ "food_meta": {"food_file": "x.jpg"}}]""",
    ];

    [Fact]
    public void Read_RandomBytes_NeverThrowsAnythingElse()
    {
        var random = new Random(23);
        for (var i = 0; i < 400; i++)
        {
            var bytes = new byte[random.Next(0, 400)];
            random.NextBytes(bytes);
            if (i % 3 == 0 && bytes.Length > 0)
                bytes[0] = (byte)"[{\"P"[random.Next(4)];
            Survives(bytes);
        }
    }

    [Fact]
    public void Read_MutatedData_NeverThrowsAnythingElse()
    {
        var random = new Random(29);
        for (var i = 0; i < 1200; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(Seeds[i % Seeds.Length]);
            if (random.Next(4) == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            for (var k = random.Next(1, 6); k > 0 && bytes.Length > 0; k--)
            {
                var at = random.Next(bytes.Length);
                switch (random.Next(4))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes[at] = (byte)"[]{}\",:0n\\\n"[random.Next(11)];
                        break;
                    case 2:
                        bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..], .. bytes[at..]];
                        break;
                    default:
                        bytes = [.. bytes[..at], .. bytes[Math.Min(at + random.Next(20), bytes.Length)..]];
                        break;
                }
            }
            Survives(bytes);
        }
    }

    [Theory]
    [InlineData(
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    )]
    [InlineData("[{\"question\": \"\\ud800\", \"answer\": \"\\udc00\"}]")]
    [InlineData("[{\"question\": \"q\", \"answer\": 1e999}]")]
    [InlineData("[null, true, 3, \"x\", [], {}]")]
    [InlineData("[,,,]")]
    [InlineData("]")]
    [InlineData("{}}}}")]
    [InlineData("{\"messages\": [null]}")]
    [InlineData("{\"messages\": {\"role\": \"user\"}}")]
    [InlineData("{\"messages\": [{\"role\": [], \"content\": {}}]}")]
    [InlineData("{\"question\": \"q\", \"answer\": \"a\", \"image\": 5}")]
    [InlineData("{\"question\": \"q\", \"answer\": \"a\", \"image\": {\"image\": {\"image\": {\"image\": 1}}}}")]
    [InlineData("{\"question\": \"q\", \"answer\": \"a\", \"video\": [1, {\"video\": {}}]}")]
    [InlineData("{\"question\": \"q\", \"answer\": \"a\", \"image\": \"a\\u0000b\"}")]
    [InlineData("{\"question\": \"q\", \"answer\": \"a\", \"image\": \"/dev\"}")]
    public void Read_AwkwardData_IsListedOrRead(string text) => Survives(Encoding.UTF8.GetBytes(text));

    private static void Survives(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("data.json", bytes);
        try
        {
            using var data = DataSet.Open(path);
            foreach (var row in data.Read())
            {
                Assert.True(row.Sample != null ^ row.Unusable != null);
                if (row.Unusable is not { } unusable)
                    continue;
                Assert.NotEmpty(unusable.Remedy);
                Assert.DoesNotContain('\n', unusable.Reason);
            }
        }
        catch (InputException e)
        {
            Assert.DoesNotContain('\n', e.Message);
        }
    }
}
