using Litre.Core;

namespace Litre.Data.Formats;

/// <summary>The key names of rows, and their synonyms.</summary>
internal static class RowNames
{
    public static readonly string[] Question = ["question", "query", "prompt", "instruction", "problem"];
    public static readonly string[] Answer = ["answer", "answers", "response", "output", "completion", "label", "solution"];
    public static readonly string[] Conversation = ["messages", "conversations", "conversation"];
    public static readonly string[] Id = ["id", "question_id", "questionId", "uid", "qid"];
    public static readonly string[] Images =
    [
        "images",
        "image",
        "image_path",
        "image_paths",
        "img",
        "img_path",
        "image_file",
        "imgname",
        "image_url",
    ];

    /// <summary>Synonyms and names in other languages, and the standard name of each.</summary>
    private static readonly (string Name, string[] Others)[] Synonyms =
    [
        (
            "image",
            [
                "图片",
                "图像",
                "照片",
                "影像",
                "图",
                "图片路径",
                "图像路径",
                "图片名",
                "图片名称",
                "图片文件",
                "图片地址",
                "picture",
                "photo",
                "image_name",
                "image_filename",
                "picture_path",
            ]
        ),
        ("images", ["图片列表", "图像列表", "pictures", "photos"]),
        ("video", ["视频", "视频路径", "影片"]),
        ("question", ["问题", "题目", "提问", "问句", "问", "prompt_text", "user_prompt", "question_text"]),
        ("instruction", ["指令", "提示", "提示词"]),
        ("input", ["输入"]),
        (
            "answer",
            [
                "答案",
                "回答",
                "回复",
                "答复",
                "标准答案",
                "参考答案",
                "正确答案",
                "答",
                "ground_truth",
                "groundtruth",
                "answer_text",
                "reference_answer",
                "target",
                "targets",
            ]
        ),
        ("output", ["输出"]),
        ("choices", ["选项", "候选项", "备选项", "candidates"]),
        ("question_type", ["类型", "题型", "问题类型", "题目类型", "类别", "分类"]),
        ("id", ["编号", "序号", "题号"]),
        ("split", ["划分", "数据集划分", "subset_split"]),
        ("system", ["系统提示", "系统提示词", "系统"]),
        ("messages", ["对话", "消息"]),
        ("text", ["文本", "正文"]),
    ];

    private static readonly string[] Canonical =
    [
        .. Question,
        .. Answer,
        .. Conversation,
        .. Id,
        .. Images,
        "videos",
        "video",
        "video_path",
        "choices",
        "options",
        "split",
        "system",
        "input",
        "text",
        "history",
        "tools",
    ];

    private static readonly Dictionary<string, string> ByOther = Table();

    /// <summary>The name within one or two edits of a misspelled one; null if none is near, or if the name itself is known.</summary>
    public static string? Nearest(string name)
    {
        const int Shortest = 5,
            Farthest = 2; // letters
        name = name.Trim().ToLowerInvariant();
        if (name.Length is < Shortest or > 40 || Canonical.Contains(name) || Meaning(name) is not null)
            return null;
        var near = Canonical
            .Where(c => c.Length >= Shortest)
            .Select(c => (Name: c, Distance: Spelling.Distance(name, c)))
            .MinBy(c => c.Distance);
        return near.Distance <= Farthest ? near.Name : null;
    }

    /// <summary>The standard name of a synonym in any case; null if it is not a synonym, or is the standard name.</summary>
    public static string? Meaning(string name) => ByOther.TryGetValue(name.Trim(), out var meaning) && meaning != name ? meaning : null;

    /// <summary>Whether a column of this name shows that a table contains rows, or images for them.</summary>
    public static bool IsHeader(string name) => IsRowHeader(name) || Images.Contains(Meaning(name) ?? name) || IsFileName(name);

    /// <summary>Whether a column of this name shows that a table contains rows.</summary>
    public static bool IsRowHeader(string name)
    {
        var meaning = Meaning(name) ?? name;
        return meaning is "text" or "chosen" || Question.Contains(meaning) || Conversation.Contains(meaning) || Answer.Contains(meaning);
    }

    /// <summary>Hugging Face's imagefolder: <c>file_name</c>, <c>file_names</c>, and columns with these endings.</summary>
    public static bool IsFileName(string name) =>
        name is "filename" or "文件名" or "文件"
        || name.EndsWith("file_name", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("file_names", StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> Table()
    {
        var table = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Canonical)
            table[name] = name;
        foreach (var (name, others) in Synonyms)
        foreach (var other in others)
            table[other] = name;
        return table;
    }
}
