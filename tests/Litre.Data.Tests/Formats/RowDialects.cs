using System.Text;
using Litre.Data.Formats;

namespace Litre.Data.Tests.Formats;

/// <summary>Rows as twelve tools and data sets write them, for the fuzz over keys.</summary>
internal static class RowDialects
{
    private static readonly string[] Templates =
    [
        // Qwen, LLaVA
        """{"id": "r#", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nWhat is #?"}, """
            + """{"from": "gpt", "value": "It is #."}, {"from": "human", "value": "Sure?"}, {"from": "gpt", "value": "Yes."}]}""",
        // LLaMA-Factory, ShareGPT
        """{"conversations": [{"from": "human", "value": "<image><image>Which is #?"}, {"from": "gpt", "value": "The first."}],"""
            + """ "images": ["a.png", "b.png"], "system": "Be brief.", "tools": "[]"}""",
        // LLaMA-Factory, alpaca with history
        """{"instruction": "And # now?", "input": "at noon", "output": "Four #.", "system": "Count.","""
            + """ "history": [["<image>What is it?", "A cart."], ["Whose?", "Ann's."]], "images": ["a.png"]}""",
        // ms-swift messages
        """{"messages": [{"role": "system", "content": "You see."}, {"role": "user", "content": "<image>Colour of #?"}, """
            + """{"role": "assistant", "content": "Blue?", "loss": false}, {"role": "user", "content": "Look."}, """
            + """{"role": "assistant", "content": "Red #.", "loss": true}], "images": ["a.png"]}""",
        // ms-swift query and response
        """{"query": "<image>Where is #?", "response": "Here.", "history": [["Hello", "Hi"]],"""
            + """ "images": [{"bytes": null, "path": "b.png"}], "system": "Point."}""",
        // OpenAI's typed content
        """{"messages": [{"role": "user", "content": [{"type": "text", "text": "What is # here?"}, """
            + """{"type": "image_url", "image_url": {"url": "a.png", "detail": "high"}}]}, """
            + """{"role": "assistant", "content": "A #.", "weight": 1}]}""",
        // transformers' typed content
        """{"messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "image", "image": "b.png"}, """
            + """{"type": "text", "text": "Compare #."}]}, {"role": "assistant", "content": [{"type": "text", "text": "Alike #."}]}]}""",
        // A table of questions and answers
        """{"questionId": "q#", "image": "a.png", "question": "How many #?", "answers": ["seven", "7"], "data_split": "val","""
            + """ "docId": 12}""",
        // MMMU
        """{"id": "m_#", "image_1": "a.png", "image_2": "b.png","""
            + """ "question": "Given <image 1> and <image 2>, which law rules #?", "options": "['Ohm', \"Joule's law\"]","""
            + """ "answer": "B", "question_type": "multiple-choice", "subfield": "circuits"}""",
        // FoodieQA
        """{"question": "图中是#？", "choices": ["豆腐", "米饭"], "answer": "0", "question_type": "cuisine_type", "food_name": "豆腐","""
            + """ "question_id": "f#", "food_meta": {"main_ingredient": ["豆"], "food_file": "a.png"}}""",
        // Preference and KTO
        """{"prompt": [{"role": "user", "content": "<image>Colour of #?"}],"""
            + """ "completion": [{"role": "assistant", "content": "Red #."}], "images": ["a.png"], "step": 3}""",
        // Qwen's grounding
        """{"image": "a.png", "messages": [{"role": "user", "content": "<image>Find the #."}, """
            + """{"role": "assistant", "content": "[{\"bbox_2d\": <bbox>, \"label\": \"<ref-object>\"}]"}],"""
            + """ "objects": {"ref": ["#"], "bbox": [[4, 3, 20, 15]]}, "width": 40, "height": 30}""",
    ];

    /// <summary>Names and values that one dialect or another knows, and some that none does.</summary>
    public static IReadOnlyList<(string Key, string Value)> Keys { get; } =
    [
        ("history", """[["Old?", "Old."]]"""),
        ("system", "\"Other.\""),
        ("system_prompt", "\"Other.\""),
        ("context", "\"It rains.\""),
        ("hint", "\"Look left.\""),
        ("image", "\"b.png\""),
        ("images", """["b.png"]"""),
        ("image_path", "\"b.png\""),
        ("image_1", "\"b.png\""),
        ("image_2", "\"a.png\""),
        ("img", "{\"path\": \"b.png\"}"),
        ("screenshot", "\"b.png\""),
        ("label", "false"),
        ("label", "true"),
        ("label", "\"red\""),
        ("weight", "0"),
        ("weight", "1"),
        ("weight", "0.5"),
        ("loss", "false"),
        ("loss", "true"),
        ("train", "false"),
        ("loss_weight", "0.0"),
        ("loss_scale", "2"),
        ("mask_history", "true"),
        ("train_on_inputs", "true"),
        ("train_on_inputs", "false"),
        ("rejected", "\"bad\""),
        ("rejected_response", "\"bad\""),
        ("chosen", "\"good\""),
        ("chosen_messages", "[]"),
        ("kto_tag", "true"),
        ("audio", "\"x.wav\""),
        ("audios", "[\"x.wav\"]"),
        ("split", "\"test\""),
        ("split", "\"part 3\""),
        ("id", "\"77\""),
        ("options", """["x", "y"]"""),
        ("choices", "\"['x', 'y']\""),
        ("answer", "\"other\""),
        ("answer", "1"),
        ("answers", """["other", "more"]"""),
        ("response", "\"other\""),
        ("output", "\"other\""),
        ("solution", "\"other\""),
        ("input", "\"at night\""),
        ("instruction", "\"Be brief.\""),
        ("prompt", "\"Say.\""),
        ("question", "\"Other?\""),
        ("query", "\"Other?\""),
        ("caption", "\"A cart.\""),
        ("text", "\"A cart.\""),
        ("objects", """{"ref": ["x"], "bbox": [[1, 2, 3, 4]]}"""),
        ("tools", """[{"type": "function", "function": {"name": "zoom", "parameters": {}}}]"""),
        ("reasoning_content", "\"Hm.\""),
        ("tool_calls", """[{"function": {"name": "zoom", "arguments": {}}}]"""),
        ("name", "\"Ann\""),
        ("value", "\"other\""),
        ("content", "\"other\""),
        ("type", "\"text\""),
        ("role", "\"user\""),
        ("from", "\"gpt\""),
        ("url", "\"b.png\""),
        ("path", "\"b.png\""),
        ("messages", """[{"role": "user", "content": "Other?"}, {"role": "assistant", "content": "Other."}]"""),
        ("conversations", "[]"),
        ("category", "\"carts\""),
        ("source", "\"web\""),
        ("sample_weight", "2"),
        ("option_a", "\"x\""),
        ("option_b", "\"y\""),
        ("foo", "\"bar\""),
        ("meta", """{"pages": 3}"""),
        ("none", "null"),
        ("empty", "\"\""),
    ];

    public static int Count => Templates.Length;

    public static Dictionary<string, object?> Row(int dialect, int number) =>
        (Dictionary<string, object?>)Value(Templates[dialect].Replace("#", $"n{number}"))!;

    public static object? Value(string json) =>
        JsonTree.Parse(Encoding.UTF8.GetBytes(json), 1) is { Reason: null } row ? row.Value : throw new ArgumentException(json);
}
