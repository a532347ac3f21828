using System.Text;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

/// <summary>Tables as spreadsheets and other tools write them, in the encodings and languages they come in.</summary>
public sealed class TableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TableTests() => _folder.Write("images/a.png", TestImages.Encode(8, 8, SKEncodedImageFormat.Png));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("image;question;answer\na.png;What, then?;tofu\n")]
    [InlineData("image|question|answer\na.png|What, then?|tofu\n")]
    [InlineData("image\tquestion\tanswer\na.png\tWhat, then?\ttofu\n")]
    [InlineData("sep=;\r\nimage;question;answer\r\na.png;What, then?;tofu\r\n")]
    [InlineData("\uFEFF\"image\";\"question\";\"answer\"\r\n\"a.png\";\"What, then?\";\"tofu\"\r\n;;\r\n")]
    [InlineData("image,question,answer\ra.png,\"What, then?\",tofu\r")]
    [InlineData("image,question,answer,,\na.png,\"What, then?\",tofu,,,\n")]
    [InlineData("Image,Question,Answer\na.png,\"What, then?\",tofu\n")]
    [InlineData("图片,问题,答案,类型\na.png,\"What, then?\",tofu,菜\n")]
    [InlineData("图像;提问;回答;题型\na.png;What, then?;tofu;菜\n")]
    [InlineData("file_name,question,answer,additional_feature\na.png,\"What, then?\",tofu,x\n")]
    public void Read_TableOfAnySeparatorAndHeader_IsRead(string text)
    {
        var sample = Assert.Single(Read("metadata.csv", Encoding.UTF8.GetBytes(text)).Rows).Sample!;
        Assert.Equal(("What, then?", "tofu"), (sample.Messages[0].Text, sample.Answer));
        Assert.Single(sample.Images);
        Assert.Equal(text.Contains('类') || text.Contains('型') ? "菜" : null, sample.QuestionType);
    }

    [Theory]
    [InlineData("GB18030", "GB18030 (GBK)")]
    [InlineData("utf-16le", "UTF-16")]
    [InlineData("utf-16be", "UTF-16")]
    [InlineData("utf-8", null)]
    public void Read_ChineseTableInAnyEncoding_IsReadAndSaid(string name, string? said)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        const string text =
            "图片,问题,答案,选项\r\na.png,\"这道菜\n是什么？\",麻婆豆腐,\"麻婆豆腐;宫保鸡丁\"\r\na.png,这是哪里的菜？,四川,\r\n";
        var (rows, notices) = Read("data.csv", Encoding.GetEncoding(name).GetBytes(text));
        Assert.Equal(["A", "四川"], rows.Select(r => r.Sample?.Answer));
        Assert.Equal([2L, 4L], rows.Select(r => r.Sample!.Origin.Line));
        Assert.Equal(said is null ? [] : [$"data.csv is not stored in UTF-8 and is read as {said}"], notices);
    }

    [Theory]
    [InlineData("iso-8859-1", "question,answer\nWhere is Jos\u00e9's caf\u00e9?,in M\u00e1laga\n")]
    [InlineData("shift_jis", "question,answer\nこれはなんですか,とうふです\nそれはなんですか,ごはんです\n")]
    [InlineData(
        "euc-kr",
        "question,answer\n이것은 무엇입니까 그리고 어디에서 왔습니까,두부입니다 한국에서 왔습니다\n저것은 무엇입니까,밥입니다 그리고 국입니다 정말로\n"
    )]
    public void Read_TableInAnotherEncoding_IsNotGuessed(string name, string text)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var (rows, notices) = Read("data.csv", Encoding.GetEncoding(name).GetBytes(text));
        Assert.Contains("not UTF-8, UTF-16 or GBK", Assert.Single(rows).Unusable!.Reason);
        Assert.Empty(notices);
    }

    [Fact]
    public void Read_GbkLines_AreReadAndSaid()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var (rows, notices) = Read(
            "d.jsonl",
            Encoding.GetEncoding("GBK").GetBytes("{\"问题\": \"这是什么？\", \"答案\": \"豆腐\", \"图片\": \"a.png\"}\n")
        );
        Assert.Equal("豆腐", Assert.Single(rows).Sample!.Answer);
        Assert.Contains("GBK", Assert.Single(notices));
    }

    [Fact]
    public void Read_RaggedRows_AreNamedByLine()
    {
        var (rows, _) = Read("d.csv", "question;answer\n\"a\nb\";1\nc;2;3\nd;4;\ne\n"u8.ToArray());
        Assert.Equal(["1", null, "4", null], rows.Select(r => r.Sample?.Answer));
        Assert.Equal([4L, 6L], rows.Where(r => r.Unusable != null).Select(r => r.Unusable!.Origin.Line));
        Assert.Contains("has 3 fields, expected 2", rows[1].Unusable!.Reason);
    }

    [Theory]
    [InlineData("d.csv", "a.png,What is it?,tofu\n", "first line names no question, answer or text")]
    [InlineData("d.csv", "question,answer,answer\nq,a,b\n", "names the column 'answer' 2 times")]
    [InlineData("d.xlsx", "PK\u0003\u0004more", "an Excel workbook")]
    [InlineData("d.arrow", "ARROW1\0\0", "an Arrow file")]
    public void Read_WhatIsNotATable_SaysWhy(string name, string text, string reason)
    {
        _folder.Write("good.jsonl", "{\"question\": \"q\", \"answer\": \"a\"}\n");
        _folder.Write(name, text);
        using var data = DataSet.Open(_folder.Path);
        Assert.Contains(reason, data.Read().Single(r => r.Unusable != null).Unusable!.Reason);
    }

    [Fact]
    public void Read_CaptionsWithoutQuestion_AreRefusedOrAskedWhatTheUserSays()
    {
        _folder.Write("metadata.jsonl", "{\"file_name\": \"images/a.png\", \"text\": \"\\\\frac{a}{b}\"}\n");
        using (var refused = DataSet.Open(_folder.Path))
        {
            var row = Assert.Single(refused.Read()).Unusable!;
            Assert.Contains("has 'image' and a text, and no question", row.Reason);
            Assert.Contains("`question`", row.Remedy);
        }
        using var data = DataSet.Open(_folder.Path, new DataSetOptions { Question = "Write it as LaTeX." });
        var read = Assert.Single(data.Read());
        var sample = read.Sample!;
        Assert.Equal(("Write it as LaTeX.", "\\frac{a}{b}"), (sample.Messages[0].Text, sample.Answer));
        Assert.Single(sample.Images);
        Assert.Contains(read.Keys, k => k.Key == "file_name");
    }

    private (List<Row> Rows, IReadOnlyCollection<string> Notices) Read(string name, byte[] bytes)
    {
        _folder.Write(name, bytes);
        using var data = DataSet.Open(_folder.Path);
        return ([.. data.Read()], data.Notices);
    }
}
